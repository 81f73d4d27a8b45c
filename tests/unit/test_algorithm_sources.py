"""Which files count as the code of an algorithm."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mip.worker import load_algorithm, sources
from mip.worker.sources import code_digest, source_files

ALGORITHM = """
import mip
{imports}

@mip.algorithm(id="edges-here", version="1.0.0")
def edges(image: mip.Image) -> mip.Mask:
    {body}
"""


@pytest.fixture
def write(tmp_path):
    def write(files: dict[str, str], folder: Path = tmp_path) -> Path:
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        return folder / next(iter(files))

    return write


def names(path: Path, module: str, base: Path) -> list[str]:
    return [file.relative_to(base).as_posix() for file in source_files(path, module=module)]


@pytest.mark.parametrize(
    ("id_", "shared"),
    [
        ("liver-segmentation", ["grey.py", "liver.py"]),
        ("luminance", []),
        ("processing_1", ["grey.py", "liver.py"]),
        ("processing_2", ["grey.py"]),
        ("processing_3", ["grey.py"]),
        ("processing_6", ["grey.py", "liver.py"]),
        ("segment-threshold", ["grey.py"]),
        ("threshold-filter", ["grey.py"]),
        ("window", ["grey.py"]),
    ],
)
def test_a_shipped_algorithm_is_made_of_its_file_and_what_it_shares_with_others(id_, shared):
    algorithm = load_algorithm(id_)
    path = algorithm.source_path
    assert path is not None
    assert names(path, algorithm.module, path.parent) == [path.name, "__init__.py", *shared]


def test_a_changed_helper_beside_a_file_is_another_digest(write, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    text = ALGORITHM.format(imports="import a_helper_beside", body="...")
    path = write({"edges.py": text, "a_helper_beside.py": "GAIN = 1"})
    before = load_algorithm(f"file:{path}").spec.digest
    assert load_algorithm(f"file:{path}").spec.digest == before
    write({"a_helper_beside.py": "GAIN = 2"})
    assert load_algorithm(f"file:{path}").spec.digest != before


@pytest.mark.parametrize(
    ("imports", "body"),
    [
        ("import a_package.helper", "..."),
        ("from a_package import helper", "..."),
        ("from a_package.helper import *", "..."),
        ("from . import helper", "..."),
        ("from .helper import gain", "..."),
        ("from .sub import deeper", "..."),
        ("", "from . import helper"),
    ],
)
def test_a_changed_module_of_the_same_package_is_another_digest(write, tmp_path, imports, body):
    path = write(
        {
            "a_package/edges.py": ALGORITHM.format(imports=imports, body=body),
            "a_package/__init__.py": "",
            "a_package/helper.py": "gain = 1",
            "a_package/sub/__init__.py": "",
            "a_package/sub/deeper.py": "from .. import helper",
        }
    )
    before = code_digest(path, module="a_package.edges")
    write({"a_package/helper.py": "gain = 2"})
    assert code_digest(path, module="a_package.edges") != before


def test_packages_around_a_module_count_since_they_run(write, tmp_path):
    path = write({"a/b/edges.py": "", "a/__init__.py": "from . import c", "a/c.py": ""})
    assert names(path, "a.b.edges", tmp_path) == ["a/b/edges.py", "a/__init__.py", "a/c.py"]


def test_a_file_in_a_package_has_the_same_code_by_its_path(write, tmp_path):
    files = {"a/edges.py": "from a import b", "a/__init__.py": "", "a/b.py": ""}
    path = write(files)
    assert code_digest(path, module="mip_algorithm_1") == code_digest(path, module="a.edges")


def test_an_algorithm_may_stand_in_the_package_itself(write, tmp_path):
    path = write({"a/__init__.py": "from .b import c", "a/b.py": "import a"})
    assert names(path, "a", tmp_path) == ["a/__init__.py", "a/b.py"]


def test_what_is_not_imported_does_not_count(write):
    path = write({"edges.py": "import used", "used.py": ""})
    before = code_digest(path, module="edges")
    write({"unused.py": "", "used/notes.txt": "", "numpy_notes.py": ""})
    assert code_digest(path, module="edges") == before


def test_modules_that_import_each_other_count_once(write, tmp_path):
    path = write({"edges.py": "import b", "b.py": "import c, edges", "c.py": "import b"})
    assert names(path, "edges", tmp_path) == ["edges.py", "b.py", "c.py"]


def test_the_digest_does_not_depend_on_where_the_code_stands(write, tmp_path):
    files = {"edges.py": "import b", "b.py": ""}
    one, other = (write(files, tmp_path / name) for name in ("one", "other"))
    assert code_digest(one, module="edges") == code_digest(other, module="edges")


def test_the_digest_is_that_of_the_list_as_sha256sum_writes_it(write):
    path = write({"edges.py": "import b", "b.py": "1"})
    one, other = (hashlib.sha256(text).hexdigest() for text in (b"import b", b"1"))
    expected = hashlib.sha256(f"{one}  edges.py\n{other}  b.py".encode()).hexdigest()
    assert code_digest(path, module="edges") == expected


def test_the_digest_of_a_file_alone_is_its_sha256(write):
    path = write({"edges.py": "import numpy"})
    assert code_digest(path, module="edges") == hashlib.sha256(b"import numpy").hexdigest()


def test_a_compiled_helper_counts_and_is_not_read_as_text(write, tmp_path):
    path = write({"edges.py": "import b", "b.abi3.so": "import c", "b.py": "", "c.py": ""})
    assert names(path, "edges", tmp_path) == ["edges.py", "b.abi3.so"]


@pytest.mark.parametrize("text", ["not python (", "nul \0 byte"])
def test_a_helper_that_is_no_python_counts_alone(write, tmp_path, text):
    path = write({"edges.py": "import b", "b.py": text})
    assert names(path, "edges", tmp_path) == ["edges.py", "b.py"]


def test_what_was_installed_beside_a_single_module_is_not_the_authors(write, tmp_path):
    folder = tmp_path / "site-packages"
    path = write({"edges.py": "import numpy", "numpy/__init__.py": ""}, folder)
    assert names(path, "edges", folder) == ["edges.py"]


@pytest.mark.parametrize(
    ("name", "module", "expected"),
    [
        ("mip/algorithms/edges.py", "mip.algorithms.edges", ["mip/algorithms/grey.py"]),
        ("edges.py", "edges", ["helper.py"]),
    ],
)
def test_the_platform_is_not_the_authors(write, tmp_path, monkeypatch, name, module, expected):
    monkeypatch.setattr(sources, "PLATFORM", tmp_path / "mip")
    text = "import mip, mip.worker, mip.algorithms.grey, helper"
    path = write({name: text, "mip/__init__.py": "", "mip/worker.py": "", "helper.py": ""})
    write({"mip/algorithms/grey.py": "import mip.worker"})
    assert names(path, module, tmp_path) == [name, *expected]


def test_an_import_from_above_the_top_finds_nothing(write, tmp_path):
    path = write({"a/edges.py": "from ... import b\nfrom .. import b", "b.py": ""})
    assert names(path, "a.edges", tmp_path) == ["a/edges.py"]
