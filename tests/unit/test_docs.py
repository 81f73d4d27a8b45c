"""What the documentation says is so: generated parts are current, and code blocks run."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import get_args

import numpy as np
import pydicom.data
import pytest

from mip.cli.datafolder import DataFolder
from mip.contracts import AlgorithmPatch, AlgorithmRecord, AlgorithmStatus, ResourceStatus
from mip.contracts.registration import RESERVED_ENV
from mip.settings import child_environment

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = Path(pydicom.data.__file__).parent / "test_files"
BIN = Path(sys.executable).parent
ERRORS = ROOT / "src" / "mip" / "errors.py"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:)(?P<target>[^)#]+)(?:#[^)]*)?\)")
_LOG = re.compile(r"\blog\.(?:debug|info|warning|error|exception)\(\s*\"(?P<event>[^\"]+)\"")


def blocks(page: Path, language: str) -> list[str]:
    found = _BLOCK.finditer(page.read_text())
    return [match["text"] for match in found if match["language"] == language]


def python_files(page: Path) -> dict[str, str]:
    """Return the blocks of Python by the file name in their first line, else by their place."""
    named = {}
    for place, text in enumerate(blocks(page, "python")):
        first, _, rest = text.partition("\n")
        match = re.fullmatch(r"# (\w+\.py)", first)
        named[match[1] if match else f"{page.stem}_{place}.py"] = rest if match else text
    return named


def scripts() -> dict[str, str]:
    """Return the blocks that are no algorithms, and so run by themselves."""
    files = {name: text for page in PAGES for name, text in python_files(page).items()}
    return {
        name: text
        for name, text in files.items()
        if "@mip.algorithm" not in text and "mip.BaseProcessor" not in text
    }


def commands(page: Path) -> list[str]:
    lines = [line for text in blocks(page, "console") for line in text.splitlines()]
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


@pytest.fixture
def desk(tmp_path):
    """A folder with the documents' algorithms and images in it."""
    (tmp_path / "scans").mkdir()
    for folder in (tmp_path, tmp_path / "scans"):
        shutil.copy(SAMPLES / "CT_small.dcm", folder)
    for page in PAGES:
        for name, code in python_files(page).items():
            (tmp_path / name).write_text(code)
    return tmp_path


def run(command: str, *, cwd: Path) -> subprocess.CompletedProcess[str]:
    program, *arguments = shlex.split(command)
    return subprocess.run(
        [BIN / program, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def write_docs():
    path = ROOT / "scripts" / "write_docs.py"
    spec = spec_from_loader("write_docs", SourceFileLoader("write_docs", str(path)))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "name", ["algorithms.md", "cli.md", "errors.md", "operations.md", "worker.md"]
)
def test_generated_parts_are_current(name):
    message = f"docs/{name} is not current: run scripts/write_docs.py"
    assert write_docs().pages()[name] == (ROOT / "docs" / name).read_text(), message


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    targets = [match["target"] for match in _LINK.finditer(page.read_text())]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_log_message_is_documented():
    documented = (ROOT / "docs" / "events.md").read_text()
    logged = {
        match["event"]
        for path in (ROOT / "src" / "mip").rglob("*.py")
        for match in _LOG.finditer(path.read_text())
    }
    assert logged
    assert [event for event in sorted(logged) if f"`{event}`" not in documented] == []


def test_every_code_of_a_command_is_documented():
    documented = (ROOT / "docs" / "errors.md").read_text()
    codes = {
        code
        for path in (ROOT / "src" / "mip" / "cli").rglob("*.py")
        for code in re.findall(r"\"(cli\.[a-z_]+)\"", path.read_text())
    }
    assert codes
    assert set(re.findall(r"^\| `(cli\.[a-z_]+)` \|", documented, re.MULTILINE)) == codes


def test_every_code_of_an_error_is_documented():
    documented = (ROOT / "docs" / "errors.md").read_text()
    codes = set(re.findall(r"^    code = \"([a-z_.]+)\"$", ERRORS.read_text(), re.MULTILINE))
    assert {"settings.invalid", "transport.failed", "algorithm.failed"} <= codes
    assert [code for code in sorted(codes) if f"| `{code}` |" not in documented] == []


def stages() -> list[str]:
    """Return the stages of a job, as the page on logs has them."""
    text = (ROOT / "docs" / "events.md").read_text().partition("| stage |")[2]
    return re.findall(r"^\| `([a-z]+)` \|", text, re.MULTILINE)


def test_stages_of_a_job_are_the_same_on_all_pages():
    text = (ROOT / "docs" / "contracts.md").read_text()
    assert f"milliseconds by stage: `{' '.join(stages())}`" in text


def test_example_of_the_readme_is_ten_lines_and_the_example_file():
    code = python_files(ROOT / "README.md")["brightest.py"]
    assert code.strip() in (ROOT / "examples" / "brightest.py").read_text()
    assert len(code.strip().splitlines()) <= 10


def test_readme_runs_its_algorithm_on_a_folder(desk):
    (command,) = [line for line in commands(ROOT / "README.md") if line.startswith("mip run")]
    done = run(command, cwd=desk)
    assert done.returncode == 0, done.stderr
    assert len(list((desk / "results" / "brightest").glob("*.dcm"))) == 1


def test_readme_works_on_a_queue(desk):
    worker, *others = [
        line for line in commands(ROOT / "README.md") if line.startswith("mip") and "data" in line
    ]
    assert worker.startswith("mip worker")
    program, *arguments = shlex.split(worker.removesuffix("&"))
    with subprocess.Popen([BIN / program, *arguments], cwd=desk, stderr=subprocess.PIPE) as process:
        try:
            done = [run(command, cwd=desk) for command in others]
        finally:
            process.terminate()
            process.communicate(timeout=20)
    assert [each.returncode for each in done] == [0] * len(others), done
    assert "succeeded" in done[0].stdout
    assert "brightest" in done[1].stdout
    assert len(list((desk / "data" / "results" / "brightest").glob("*.dcm"))) == 1


def test_readme_serves(desk):
    """Run the shell lines as they are, but for the port."""
    (script,) = blocks(ROOT / "README.md", "sh")
    assert len(script.splitlines()) <= 10
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    variables = {
        "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]]),
        "XDG_CONFIG_HOME": str(desk / "config"),
        "NO_PROXY": "localhost",
    }
    done = subprocess.run(
        ["/bin/sh", "-ec", f"trap 'kill $!; wait $!' EXIT\n{script.replace('8080', str(port))}"],
        cwd=desk,
        env=child_environment(variables),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "brightest is ACTIVE" in done.stdout
    assert '"message":"Enqueued"' in done.stdout
    assert "✓ succeeded" in done.stdout
    assert f"http://localhost:{port}/objects/window/" in done.stdout


@pytest.mark.parametrize("name", ["patient.py", "smoother.py"])
def test_algorithm_of_the_authoring_guide_runs(desk, name):
    done = run(f"mip run {name} CT_small.dcm", cwd=desk)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["SC_rgb_rle_2frame.dcm", "rtdose.dcm", "CT_small.dcm"])
def test_existing_code_of_the_guide_and_of_the_examples_does_the_same_to_any_image(desk, name):
    made = {"guide": desk / "smoother.py", "example": ROOT / "examples" / "smoother.py"}
    for out, path in made.items():
        done = run(f"mip run {path} {SAMPLES / name} -o {out}", cwd=desk)
        assert done.returncode == 0, done.stdout + done.stderr
    guide, example = (map(pydicom.dcmread, (desk / out).rglob("*.dcm")) for out in made)
    by_number = {each.InstanceNumber: each.pixel_array for each in guide}
    assert by_number
    np.testing.assert_equal({each.InstanceNumber: each.pixel_array for each in example}, by_number)


def test_commands_of_the_authoring_guide_run(desk):
    for command in commands(ROOT / "docs" / "authoring.md"):
        done = run(command, cwd=desk)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", scripts())
def test_script_of_a_page_runs(name, desk):
    done = subprocess.run(
        [sys.executable, name], cwd=desk, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["profile.py", "smoother.py"])
def test_example_of_an_algorithm_runs(name, desk):
    path = ROOT / "examples" / name
    series = SAMPLES / "dicomdirtests" / "98892001" / "CT5N"
    source = series if 'scope="series"' in path.read_text() else "CT_small.dcm"
    done = run(f"mip run {path} {source}", cwd=desk)
    assert done.returncode == 0, done.stdout + done.stderr


def test_example_of_a_worker_ends_when_its_queue_is_empty(desk):
    assert run("mip submit window --data data --image CT_small.dcm", cwd=desk).returncode == 0
    settings = DataFolder.open(desk / "data").worker_settings(
        "window", reference="window", pacs=desk / "scans", concurrency=1
    )
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "drain.py"],
        env=child_environment(settings.environment()),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "outcome=succeeded" in done.stderr
    (job,) = json.loads(run("mip jobs list --data data --json", cwd=desk).stdout)["jobs"]
    logged = re.findall(r"([a-z]+)_ms=", done.stderr)
    assert list(job["timings"]) == logged == [name for name in stages() if name != "send"]


def test_every_example_is_run_by_a_test():
    tests = Path(__file__).read_text()
    assert [p.name for p in (ROOT / "examples").glob("*.py") if f'"{p.name}"' not in tests] == []


def test_every_field_and_status_of_a_registered_algorithm_is_documented():
    page = (ROOT / "docs" / "contracts.md").read_text()
    section = page.partition("\n## Registration\n")[2].partition("\n## ")[0]
    names = {*AlgorithmRecord.__struct_fields__, *ResourceStatus.__struct_fields__}
    names |= {*AlgorithmPatch.__struct_fields__, *get_args(AlgorithmStatus), *RESERVED_ENV}
    assert [name for name in sorted(names) if f"`{name}`" not in section] == []
    assert re.findall(r"^\| `([A-Z_]+)` \|", section, re.MULTILINE) == [*get_args(AlgorithmStatus)]
