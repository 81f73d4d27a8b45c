"""Fixtures that every room shares."""

from __future__ import annotations

import signal
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from blockbuster import blockbuster_ctx
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

settings.register_profile("full", max_examples=2000, deadline=None)

# A shell starts background jobs with SIGINT ignored, and so would all processes that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def no_blocking() -> Iterator[None]:
    """Make what blocks an event loop from within mip an error.

    Not from within ``mip.testing``: a conformance kit makes its files as any test does.
    """
    import_module("mip.pacs.folder")  # lazy imports read files, once, before there is any work
    import_module("mip.storage.folder")
    with blockbuster_ctx("mip", excluded_modules=["mip.testing"]) as blockbuster:
        # Once for each database, when it is named: a few lstat calls, and a file of the kernel.
        for function in blockbuster.functions.values():
            function.can_block_in("mip/sqlite/database.py", "__init__")
            function.can_block_in("mip/transport/sqlite.py", "current_boot_id")
        yield
