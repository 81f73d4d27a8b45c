"""Algorithms found by id, module and file."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from textwrap import dedent

import pytest

from mip.errors import InvalidAlgorithmError, UnknownAlgorithmError
from mip.worker import known_algorithms, load_algorithm, loading

ONE = """
import mip

@mip.algorithm(id="{id}", version="1.0.0")
def {name}(image: mip.Image, *, threshold: float = 0.5) -> mip.Mask: ...
"""


@pytest.fixture
def write(tmp_path):
    def write(text: str, name: str = "algorithm.py") -> str:
        path = tmp_path / name
        path.write_text(dedent(text))
        return str(path)

    return write


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package ``sample_plugin`` on the path with two algorithms in ``things``."""
    folder = tmp_path / "sample_plugin"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    text = ONE.format(id="first-thing", name="first") + ONE.format(id="other-thing", name="other")
    (folder / "things.py").write_text(text)
    (folder / "broken.py").write_text("import a_module_that_is_missing")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [name for name in sys.modules if name.startswith("sample_plugin")]:
        del sys.modules[name]


@pytest.fixture
def installed(monkeypatch, package):
    """Entry points as a plugin's distribution would have them."""

    def install(**values: str) -> None:
        points = tuple(
            EntryPoint(name.rstrip("0123456789"), value, loading.ENTRY_POINTS)
            for name, value in values.items()
        )
        monkeypatch.setattr(loading, "_points", lambda: points)

    install(first_thing="sample_plugin.things:first", wrong_name="sample_plugin.things:other")
    return install


def test_shipped_algorithms_are_known_without_importing_them():
    known = {"luminance", "processing-1", "segment-threshold", "threshold-filter", "window"}
    assert known <= set(known_algorithms())


@pytest.mark.parametrize("reference", ["first-thing", "first_thing", "first-thing@1.0.0"])
def test_installed_algorithm_is_found_by_id_in_either_form(installed, reference):
    assert load_algorithm(reference).spec.id == "first-thing"


def test_unknown_id_is_answered_with_the_known_ones(installed):
    with pytest.raises(UnknownAlgorithmError, match="known are first_thing, wrong_name"):
        load_algorithm("liver")


def test_version_that_is_not_installed_is_refused(installed):
    with pytest.raises(UnknownAlgorithmError, match=r"first-thing@1\.0\.0 is"):
        load_algorithm("first-thing@2.0.0")


def test_entry_point_must_have_the_name_of_its_algorithm(installed):
    with pytest.raises(InvalidAlgorithmError, match="must be the same"):
        load_algorithm("wrong-name")


def test_two_distributions_with_one_id_are_refused(installed):
    installed(twin1="sample_plugin.things:first", twin2="sample_plugin.things:other")
    with pytest.raises(InvalidAlgorithmError, match="more than once"):
        load_algorithm("twin")


def test_same_entry_point_seen_twice_is_one(installed):
    installed(first_thing1="sample_plugin.things:first", first_thing2="sample_plugin.things:first")
    assert load_algorithm("first-thing").spec.id == "first-thing"


def test_algorithm_is_found_in_a_module(package):
    assert load_algorithm("python:sample_plugin.things:other").spec.id == "other-thing"


def test_missing_module_is_unknown(package):
    with pytest.raises(UnknownAlgorithmError, match=r"no module 'sample_plugin\.nothing'"):
        load_algorithm("python:sample_plugin.nothing:other")


def test_missing_name_is_answered_with_those_in_the_module(package):
    with pytest.raises(UnknownAlgorithmError, match="algorithms are first, other"):
        load_algorithm("python:sample_plugin.things:third")


def test_module_that_lacks_a_dependency_is_invalid_not_unknown(package):
    with pytest.raises(InvalidAlgorithmError, match="a_module_that_is_missing"):
        load_algorithm("python:sample_plugin.broken:first")


@pytest.mark.parametrize("reference", ["python:module", "python:a b:c", "python::", "", "x", "A:b"])
def test_malformed_reference_is_answered_with_the_forms(reference):
    with pytest.raises(UnknownAlgorithmError, match=r"python:package\.module:name"):
        load_algorithm(reference)


def test_file_with_one_algorithm_needs_no_name(write):
    path = write(ONE.format(id="from-file", name="f"))
    assert load_algorithm(f"file:{path}").spec.id == "from-file"


def test_digest_of_a_file_changes_with_its_text(write):
    path = write(ONE.format(id="from-file", name="f"))
    before = load_algorithm(f"file:{path}").spec.digest
    write(ONE.format(id="from-file", name="f") + "# changed\n")
    assert load_algorithm(f"file:{path}").spec.digest != before


def test_name_chooses_among_several_in_a_file(write):
    path = write(ONE.format(id="one-one", name="one") + ONE.format(id="two-two", name="two"))
    assert load_algorithm(f"file:{path}:two").spec.id == "two-two"
    with pytest.raises(InvalidAlgorithmError, match=r"holds 2 algorithms \(one, two\)"):
        load_algorithm(f"file:{path}")


def test_imported_algorithms_do_not_count_as_the_files_own(write, package):
    path = write("from sample_plugin.things import first" + ONE.format(id="mine-own", name="mine"))
    assert load_algorithm(f"file:{path}").spec.id == "mine-own"


def test_alias_of_an_algorithm_is_not_another(write):
    path = write(ONE.format(id="from-file", name="f") + "g = f")
    assert load_algorithm(f"file:{path}").spec.id == "from-file"


def test_processor_class_in_a_file_is_found(write):
    path = write("""
        import mip

        class Existing(mip.BaseProcessor):
            id = "existing"
            version = "3"

            def process_image(self, image, parameters):
                return image
    """)
    assert load_algorithm(f"file:{path}").spec.id == "existing"


def test_file_replaces_no_module_of_its_name(write):
    import random  # noqa: PLC0415 - the module that must stay

    path = write(ONE.format(id="from-file", name="f"), "random.py")
    load_algorithm(f"file:{path}")
    assert sys.modules["random"] is random


def test_file_may_define_dataclasses(write):
    path = write(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass Point:\n    x: float\n" + ONE.format(id="from-file", name="f")
    )
    assert load_algorithm(f"file:{path}").spec.id == "from-file"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def f(:", "SyntaxError"),
        ("\nraise RuntimeError('Doe^Jane')", r"RuntimeError at line 2 of \w+\.py; import it with"),
        ("raise ImportError('Doe^Jane')", r"ImportError at line 1 of"),
        ("raise SyntaxError('Doe^Jane')", r"SyntaxError at line 1 of"),
        ("import nothing_of_this_name", "No module named 'nothing_of_this_name'"),
        ("import sys; sys.exit('Doe^Jane')", "SystemExit at line 1 of"),
        ("from . import helper", "a file stands alone"),
        ("x = 1", r"holds 0 algorithms \(none\)"),
    ],
)
def test_file_that_does_not_load_is_invalid_with_the_reason(write, text, words):
    before = set(sys.modules)
    with pytest.raises(InvalidAlgorithmError, match=words) as told:
        load_algorithm(f"file:{write(text)}")
    assert "Doe^Jane" not in str(told.value)
    left = [name for name in set(sys.modules) - before if name.startswith("mip_algorithm_")]
    assert len(left) == (1 if text == "x = 1" else 0)


def test_missing_file_is_unknown(tmp_path):
    with pytest.raises(UnknownAlgorithmError, match=r"no file .*missing\.py"):
        load_algorithm(f"file:{tmp_path}/missing.py")


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ("def f(image): ...", "decorate it"),
        ("class f:\n    def process_image(self, image, parameters): ...", "mip.BaseProcessor"),
    ],
)
def test_plain_code_is_refused_with_the_remedy(write, definition, words):
    with pytest.raises(InvalidAlgorithmError, match=words):
        load_algorithm(f"file:{write(definition)}:f")
