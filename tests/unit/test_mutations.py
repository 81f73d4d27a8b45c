"""The mutations that the transport's tests are measured by still fit the code."""

from __future__ import annotations

import shutil
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "mutate_transport"


def loaded():
    spec = spec_from_loader("mutate_transport", SourceFileLoader("mutate_transport", str(SCRIPT)))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


mutate_transport = loaded()


@pytest.mark.parametrize("name", mutate_transport.MUTATIONS)
def test_each_mutation_changes_one_place_and_leaves_valid_code(name, tmp_path):
    mutation = mutate_transport.MUTATIONS[name]
    file = tmp_path / mutation.file
    file.parent.mkdir()
    shutil.copy(mutate_transport.PACKAGE / mutation.file, file)
    before = file.read_text()
    mutate_transport.apply(mutation, tmp_path)
    compile(file.read_text(), str(file), "exec")
    assert file.read_text() != before


def test_there_are_at_least_ten_guarantees():
    assert len({mutation.guarantee for mutation in mutate_transport.MUTATIONS.values()}) >= 10
