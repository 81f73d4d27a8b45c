"""``mip version``."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as distribution_version
from typing import Final

import click

from .invocation import Invocation, json_option

_DISTRIBUTION: Final = "mip-imaging"
_BESIDE: Final = ("numpy", "pydicom", "highdicom", "apsw", "anyio", "msgspec", "click")


@click.command(short_help="Tell the versions of mip and what it runs on.")
@json_option
@click.pass_obj
def version(invocation: Invocation) -> int:
    """Tell the versions of mip, Python and the packages that decide what it can do."""
    versions = {name: _installed(name) for name in _BESIDE}
    if invocation.console.is_json:
        invocation.console.json(
            mip=_installed(_DISTRIBUTION),
            python=platform.python_version(),
            platform=platform.platform(),
            packages=versions,
        )
        return 0
    invocation.console.data(f"mip {_installed(_DISTRIBUTION)}")
    invocation.console.data(f"python {platform.python_version()} on {platform.platform()}")
    for name, text in versions.items():
        invocation.console.data(f"{name} {text}")
    return 0


def _installed(name: str) -> str:
    try:
        return distribution_version(name)
    except PackageNotFoundError:
        return "not installed"
