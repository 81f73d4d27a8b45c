"""Data on standard output, talk on standard error."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mip.cli.console import Console, wants_color
from mip.settings import CommandSettings


@pytest.mark.parametrize(
    ("settings", "is_terminal", "expected"),
    [
        (CommandSettings(), True, True),
        (CommandSettings(), False, False),
        (CommandSettings(term="dumb"), True, False),
        (CommandSettings(no_color="1"), True, False),
        (CommandSettings(force_color="1"), False, True),
        (CommandSettings(no_color="1", force_color="1"), True, False),
    ],
)
def test_colour_follows_the_environment_then_the_terminal(settings, is_terminal, expected):
    assert wants_color(settings, is_terminal=is_terminal) is expected


def test_data_and_talk_take_different_streams(capsys):
    console = Console(CommandSettings())
    console.data("data")
    console.talk("talk")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("data\n", "talk\n")


def test_json_is_one_object_with_a_schema_version(capsys):
    Console(CommandSettings()).json(jobs=[])
    assert json.loads(capsys.readouterr().out) == {"schema": 1, "jobs": []}


def test_json_line_is_one_line(capsys):
    Console(CommandSettings()).json_line(job={"a": [1, 2]})
    assert capsys.readouterr().out.count("\n") == 1


def test_paint_is_plain_without_colour(capsys):
    assert Console(CommandSettings()).paint("x", "good") == "x"
    assert Console(CommandSettings(force_color="1")).paint("x", "good") == "\x1b[32mx\x1b[0m"
    assert Console(CommandSettings(force_color="1")).paint("x", "plain") == "x"


@pytest.mark.parametrize(
    ("arguments", "returncode"),
    [("--help", 1), ("run --help", 1), ("nope --json", 2), ("jobs list --data none --json", 3)],
)
def test_full_disk_below_help_or_an_error_ends_in_words(arguments, returncode):
    mip = Path(sys.executable).parent / "mip"
    command = ["sh", "-c", f"{mip} {arguments} >/dev/full"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == returncode
    assert "standard output cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert "defect" not in done.stderr


@pytest.mark.parametrize(
    ("redirect", "returncode", "words"),
    [
        (">/dev/full", 1, "standard output cannot be written"),
        (">&-", 0, ""),
        ("2>/dev/full >/dev/full", 1, ""),
        ("2>&- >/dev/full", 1, ""),
    ],
)
def test_output_that_goes_nowhere_ends_without_a_traceback(redirect, returncode, words):
    mip = Path(sys.executable).parent / "mip"
    command = ["sh", "-c", f"{mip} version {redirect}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == returncode
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_reader_that_goes_away_is_not_an_error():
    code = (
        "from mip.cli.console import Console; from mip.settings import CommandSettings\n"
        "console = Console(CommandSettings())\n"
        "for n in range(100_000): console.data('x' * 100)\n"
        "console.talk('done')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b"done\n"
    assert process.returncode == 0
