"""``mip run --describe``: an algorithm in words, without an input."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from mip.cli import main
from mip.cli.advice import Exit

EVERY_KIND = '''
from typing import Annotated, Literal
from pydantic import Field
import mip

@mip.algorithm(id="every-kind", version="2.0.0", scope="series")
def every_kind(
    volume: mip.Volume,
    *,
    count: Annotated[int, Field(gt=1, lt=9)],
    levels: list[Annotated[int, Field(ge=1, le=3)]] = [1, 2],
    word: Annotated[str, Field(min_length=1, max_length=5, description="What to say")] = "x",
    side: Literal["left", "right"] = "left",
    limit: float | None = None,
) -> mip.Mask:
    """Take parameters of every kind."""
'''
DESCRIBED = """\
every-kind 2.0.0, one series at a time
Take parameters of every kind

parameter  type              default   values                                      meaning
count      integer           required  above 1 below 9
levels     array of integer  [1,2]     each from 1 up to 3
word       string            x         at least 1 characters at most 5 characters  What to say
side       string            left      left, right
limit      number            none
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str):
    return CliRunner().invoke(main, ["run", *arguments])


def test_code_of_ones_own_is_described_and_nothing_written(here):
    (here / "every_kind.py").write_text(EVERY_KIND)
    done = run("every_kind.py", "--describe")
    assert (done.exit_code, done.stdout) == (0, DESCRIBED)
    assert [path.name for path in here.iterdir()] == ["every_kind.py"]


def test_no_parameters_are_told_as_such(here):
    assert run("luminance", "--describe").stdout.endswith("\nno parameters\n")


def test_a_program_gets_the_whole_schema(here):
    (described,) = json.loads(run("window", "--describe", "--json").stdout)["algorithms"]
    assert (described["id"], described["scope"]) == ("window", "image")
    assert described["parameters"]["properties"]["function"]["default"] == "linear"


def test_an_unknown_algorithm_is_named_with_those_that_are_there(here):
    done = run("prcessing_1", "--describe")
    assert done.exit_code == Exit.NOT_FOUND
    assert "'prcessing_1' is installed; known are liver-segmentation, luminance, processing_1" in (
        done.stderr
    )


def test_nothing_to_run_on_is_a_usage_error(here):
    done = run("window")
    assert done.exit_code == Exit.USAGE
    assert "expected INPUTS" in done.stderr
