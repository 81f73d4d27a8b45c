"""What importing mip, its command line and its rooms may load."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"numpy", "pydicom", "aiobotocore", "asyncio", "anyio"}


def loaded_by(statement):
    """Return the modules that a statement loads in a fresh interpreter."""
    program = (
        f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    ["import mip", "import mip.cli", "import mip.control, mip.pacs, mip.storage, mip.testing"],
)
def test_import_loads_nothing_heavy(statement):
    assert not loaded_by(statement) & HEAVY


def test_public_names_are_loaded_on_first_use():
    assert "numpy" in loaded_by("import mip; mip.Image")


def test_every_public_name_exists():
    import mip  # noqa: PLC0415 - the import is what is tested

    assert sorted(mip.__all__) == mip.__all__
    assert all(getattr(mip, name) for name in mip.__all__)
    assert set(mip.__all__) <= set(dir(mip))


def test_an_unknown_name_is_an_attribute_error():
    import mip  # noqa: PLC0415 - the import is what is tested

    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        mip.nonsense  # noqa: B018 - reading it is the test
