"""Data on standard output, talk on standard error."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mip.cli.console import Console, Painted, wants_color
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


@pytest.mark.parametrize(
    ("settings", "style", "shown"),
    [
        (CommandSettings(), "good", "x y\n"),
        (CommandSettings(force_color="1"), "good", "\x1b[32mx\x1b[0m y\n"),
        (CommandSettings(force_color="1"), "plain", "x y\n"),
    ],
)
def test_what_is_painted_is_plain_without_colour(capsys, settings, style, shown):
    console = Console(settings)
    console.data(Painted("x", style), " y")
    console.talk(Painted("x", style), " y")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == (shown, shown)


def test_what_a_terminal_would_obey_is_escaped_in_text(capsys):
    console = Console(CommandSettings(force_color="1"))
    name = "new\nline\x1b[31m\u202e\x9b\udcff 肝é.dcm"
    shown = "new\\nline\\x1b[31m\\u202e\\x9b\\udcff 肝é.dcm"
    console.data(name)
    console.talk(Painted(name, "good"))
    console.error(name, remedy="", code="x")
    console.talk_lines("one\ntwo\x07")
    captured = capsys.readouterr()
    assert captured.out == f"{shown}\n"
    assert captured.err == (
        f"\x1b[32m{shown}\x1b[0m\n\x1b[31merror:\x1b[0m {shown}\none\ntwo\\x07\n"
    )


def test_json_escapes_by_itself_and_says_what_was_meant(capsys):
    Console(CommandSettings()).json(name="new\nline\x1b[31m")
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert json.loads(text)["name"] == "new\nline\x1b[31m"


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
