"""Public names: sorted, existing, and all that a package hands on."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import pytest

import mip

PACKAGES = [
    "mip",
    *(f"mip.{module.name}" for module in pkgutil.iter_modules(mip.__path__) if module.ispkg),
]


def isort_order(names: list[str]) -> list[str]:
    """Constants, then classes, then functions: the order that the linter keeps."""

    def rank(name: str) -> tuple[int, str]:
        if name.isupper():
            return (0, name)
        return (1 if name[:1].isupper() else 2, name)

    return sorted(names, key=rank)


@pytest.mark.parametrize("name", PACKAGES)
def test_public_names_are_sorted(name):
    public = list(getattr(import_module(name), "__all__", []))
    assert public == isort_order(public)


@pytest.mark.parametrize("name", PACKAGES)
def test_public_names_exist(name):
    package = import_module(name)
    assert [each for each in getattr(package, "__all__", []) if not hasattr(package, each)] == []


@pytest.mark.parametrize("name", ["mip", "mip.testing", "mip.worker"])
def test_names_that_load_on_first_use_are_listed(name):
    package = import_module(name)
    assert set(package.__all__) <= set(dir(package))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = package.nonsense
