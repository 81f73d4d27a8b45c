"""The roof: lazy commands, words for errors, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner, Result

import mip.errors
from mip.cli import main
from mip.cli.advice import ADVICE, Exit, exit_for_outcomes
from mip.cli.lazy import Entry, LazyGroup, load
from mip.cli.root import COMMANDS
from mip.errors import InstanceNotFoundError, MipError, SettingsError

OF_JOBS_ALONE = {"algorithm.discarded", "algorithm.put_off", "worker.internal"}


def invoke(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, list(arguments), env=environment)


def every_error() -> list[type[MipError]]:
    found = [
        kind
        for kind in vars(mip.errors).values()
        if isinstance(kind, type) and issubclass(kind, MipError) and kind.__name__[0] != "_"
    ]
    return [kind for kind in found if kind is not MipError]


def test_every_error_code_has_an_exit_code_and_a_remedy():
    assert {kind.code for kind in every_error()} | OF_JOBS_ALONE == set(ADVICE)
    assert all(advice.remedy for advice in ADVICE.values())


def test_help_imports_no_command():
    code = (
        "import sys; from click.testing import CliRunner; from mip.cli import main;"
        "result = CliRunner().invoke(main, ['--help']); assert result.exit_code == 0, result;"
        "print([m for m in sys.modules if m.startswith('mip.')])"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    loaded = set(eval(output))  # noqa: S307 - our own list
    assert loaded.isdisjoint(
        f"mip.cli{entry.target.partition(':')[0]}" for entry in COMMANDS.values()
    )


def test_help_lists_every_command():
    output = invoke("--help").stdout
    assert all(f"  {name} " in output for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_short_help_in_the_table_is_the_command_s_own(name):
    assert load(COMMANDS[name]).short_help == COMMANDS[name].short_help


def test_table_that_points_at_no_command_is_refused():
    with pytest.raises(TypeError, match="expected a click command"):
        load(Entry(".root:COMMANDS", "wrong"))


@pytest.mark.parametrize(
    ("error", "exit_code", "words"),
    [
        (InstanceNotFoundError("expected an instance"), Exit.NOT_FOUND, "expected an instance"),
        (SettingsError("expected ALGO_ID"), Exit.USAGE, "expected ALGO_ID"),
        (ValueError("secret"), Exit.ALL_FAILED, "unexpected ValueError"),
        (
            ExceptionGroup("tasks", [ExceptionGroup("more", [SettingsError("expected ALGO_ID")])]),
            Exit.USAGE,
            "expected ALGO_ID",
        ),
        (click.UsageError("wrong option"), Exit.USAGE, "wrong option"),
        (KeyboardInterrupt(), Exit.INTERRUPTED, "stopped"),
        (click.Abort(), Exit.INTERRUPTED, "stopped"),
    ],
)
def test_every_end_of_a_command_has_an_exit_code_and_no_traceback(
    monkeypatch, error, exit_code, words
):
    def fail() -> None:
        raise error

    monkeypatch.setattr(LazyGroup, "get_command", lambda *_: click.Command("x", callback=fail))
    result = invoke("x")
    assert result.exit_code == exit_code
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_message_of_an_unexpected_error_is_shown_only_with_debug(monkeypatch):
    def fail() -> None:
        raise ValueError("a detail")

    monkeypatch.setattr(LazyGroup, "get_command", lambda *_: click.Command("x", callback=fail))
    assert "a detail" not in invoke("x").stderr
    assert "a detail" in invoke("--debug", "x").stderr
    assert "a detail" in invoke("x", MIP_DEBUG="1").stderr


@pytest.mark.parametrize("group", [[], ["jobs"], ["dlq"]])
def test_group_alone_answers_with_its_help(group):
    result = invoke(*group)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: {' '.join(['mip', *group])} ")


def test_usage_error_names_the_next_command():
    result = invoke("version", "--nonsense")
    assert result.exit_code == Exit.USAGE
    assert "next: mip version --help" in result.stderr


def test_error_under_json_is_one_object_on_standard_output():
    result = invoke("version", "--nonsense", "--json")
    assert result.exit_code == Exit.USAGE
    assert json.loads(result.stdout)["error"]["code"] == "cli.usage"


def test_wrong_environment_is_a_usage_error():
    result = invoke("version", MIP_DEBUG="perhaps")
    assert result.exit_code == Exit.USAGE
    assert "MIP_DEBUG" in result.stderr


@pytest.mark.parametrize(
    ("succeeded", "failed", "expected"),
    [(0, 0, 0), (3, 0, 0), (0, 3, 1), (1, 2, 6)],
)
def test_exit_code_of_a_batch_tells_all_from_some(succeeded, failed, expected):
    assert exit_for_outcomes(succeeded=succeeded, failed=failed) == expected


def test_version_tells_what_decides_behaviour():
    shown = json.loads(invoke("version", "--json").stdout)
    assert shown["schema"] == 1
    assert {"mip", "python", "platform", "packages"} <= set(shown)
    assert f"python {shown['python']}" in invoke("version").stdout
    assert invoke("--version").stdout == f"mip {shown['mip']}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_is_for_mip(shell):
    result = invoke("completion", shell)
    assert result.exit_code == 0
    assert "_MIP_COMPLETE" in result.stdout


def test_completion_of_an_unknown_shell_is_a_usage_error():
    assert invoke("completion", "tcsh").exit_code == Exit.USAGE


def complete(*words: str) -> list[str]:
    result = invoke(
        _MIP_COMPLETE="bash_complete",
        COMP_WORDS=" ".join(["mip", *words]),
        COMP_CWORD=str(len(words)),
    )
    return [line.partition(",")[2] for line in result.stdout.splitlines()]


def test_shell_completes_commands_and_options():
    assert {"run", "jobs"} <= set(complete(""))
    assert "--preview" in complete("run", "--pre")
    assert complete("jobs", "wa") == ["watch"]


def test_shell_completes_algorithms_then_files():
    assert complete("run", "win") == ["window"]
    assert complete("run", "mine") == ["mine"]
