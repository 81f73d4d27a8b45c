"""Transports by URL."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints, entry_points

import pytest

from mip.errors import SettingsError
from mip.testing import FakeClock
from mip.transport import open_transport, split_queue_url
from mip.transport.queues import LedgerTransport


async def test_a_memory_transport_is_shared_by_name():
    one, same, other = map(open_transport, ("memory:a", "memory:a", "memory:b"))
    await one.create_queue("q")
    assert await same.queues() == ["q"]
    assert await other.queues() == []


async def test_a_memory_transport_without_a_name_is_not_shared():
    one, other = open_transport("memory:"), open_transport("memory:")
    await one.create_queue("q")
    assert await other.queues() == []


@pytest.mark.parametrize("form", ["sqlite:{}", "sqlite://{}"])
async def test_a_sqlite_transport_is_a_file(tmp_path, form):
    path = tmp_path / "queue.db"
    transport = open_transport(form.format(path))
    await transport.create_queue("q")
    await transport.aclose()
    assert path.is_file()


@pytest.mark.parametrize("url", ["sqlite:", "sqlite://", "sqlite://host/queue.db"])
def test_a_sqlite_url_without_a_file_is_refused(url):
    with pytest.raises(SettingsError, match=r"expected a URL such as sqlite:/data/queue\.db"):
        open_transport(url)


def test_an_unknown_scheme_is_told_with_those_that_are_known():
    with pytest.raises(SettingsError, match="unknown transport 'amqp': known are memory, sqlite"):
        open_transport("amqp://host")


def test_what_is_no_url_is_told():
    with pytest.raises(SettingsError, match="expected a URL"):
        open_transport("queue")


def test_another_package_can_add_a_scheme(monkeypatch):
    point = EntryPoint("mine", f"{__name__}:open_mine", "mip.transports")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: EntryPoints([point]))
    monkeypatch.setitem(sys.modules, __name__, sys.modules[open_mine.__module__])
    clock = FakeClock()
    opened: object = open_transport("mine:there", clock=clock)
    assert opened == ("mine:there", clock)


def open_mine(url, *, clock):
    return (url, clock)


def test_the_entry_points_of_our_own_transports_load():
    found = entry_points(group="mip.transports")
    for scheme in ("memory", "sqlite"):
        assert isinstance(found[scheme].load()(f"{scheme}:x"), LedgerTransport)


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        (
            "sqlite:/data/queue.db#mip-x-requests.fifo",
            ("sqlite:/data/queue.db", "mip-x-requests.fifo"),
        ),
        ("memory:#q", ("memory:", "q")),
        ("sqlite:/a#b/queue.db#q", ("sqlite:/a#b/queue.db", "q")),
    ],
)
def test_a_queue_url_is_split(url, parts):
    assert split_queue_url(url) == parts


@pytest.mark.parametrize("url", ["sqlite:/data/queue.db", "sqlite:/data/queue.db#", "#q", ""])
def test_a_queue_url_without_one_of_its_parts_is_refused(url):
    with pytest.raises(SettingsError, match="NAME-OF-QUEUE"):
        split_queue_url(url)


def test_importing_the_package_is_light():
    code = (
        "import sys, mip.transport\n"
        "heavy = {'asyncio', 'anyio', 'apsw', 'numpy', 'pydicom', 'importlib.metadata'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.stderr, done.returncode) == ("", 0)
