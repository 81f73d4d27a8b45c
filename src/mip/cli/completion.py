"""``mip completion``: the script that makes a shell complete commands, options and algorithms."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, get_completion_class

from .invocation import Invocation

_INSTALL = {
    "bash": 'eval "$(mip completion bash)"      in ~/.bashrc',
    "zsh": 'eval "$(mip completion zsh)"       in ~/.zshrc',
    "fish": "mip completion fish | source      in ~/.config/fish/config.fish",
}


@click.command(
    short_help="Print the completion script of a shell.",
    epilog="\b\nTo have it always, put this line\n  " + "\n  ".join(_INSTALL.values()),
)
@click.argument("shell", type=click.Choice(sorted(_INSTALL)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> int:
    """Print the script that completes commands, options and algorithms in SHELL."""
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"this release of click does not complete in {shell}")
    script = kind(ctx.find_root().command, {}, "mip", "_MIP_COMPLETE").source()
    ctx.ensure_object(Invocation).console.data_as_is(script.rstrip())
    return 0


def complete_algorithm(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer installed algorithms by name, without importing any, then files."""
    del ctx, param
    from ..worker import known_algorithms  # noqa: PLC0415 - only while completing

    found = [CompletionItem(name) for name in known_algorithms() if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]
