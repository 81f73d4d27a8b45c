"""What every object store must do: one test per sentence of :mod:`mip.storage.base`."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

from ..errors import ObjectConflictError, ObjectNotFoundError, StorageError

if TYPE_CHECKING:
    from ..storage import ObjectStore, PutOutcome

BAD_KEYS = (
    "",
    "/a",
    "a/",
    "a//b",
    ".",
    "..",
    "a/../b",
    "a/./b",
    "../a",
    "a b",
    "a\x00b",
    "a\nb",
    "a\n",
    "a\\b",
    "a~b",
    "ä",
    "x" * 513,
)
GOOD_KEYS = ("a", "a/b.dcm", "...", "a/..b", ".a", "A-Z_0.9", "window/" + "1" * 64 + ".dcm")


class StorageConformance:
    """Subclass it and give two fixtures.

    ``store``
        An open, empty store.
    ``reopen``
        An async function that opens what ``store`` stores anew, as another process would.
    """

    async def test_a_stored_object_can_be_fetched(self, store: ObjectStore, tmp_path: Path) -> None:
        assert await store.put("a/b", _file(tmp_path, b"pixels")) == "created"
        assert await _read(store, "a/b", tmp_path) == b"pixels"

    @pytest.mark.parametrize("key", GOOD_KEYS)
    async def test_every_allowed_key_is_stored(
        self, store: ObjectStore, tmp_path: Path, key: str
    ) -> None:
        await store.put(key, _file(tmp_path, b"pixels"))
        assert await store.exists(key)

    async def test_every_copy_has_the_time_of_the_object(
        self, store: ObjectStore, tmp_path: Path
    ) -> None:
        made = _file(tmp_path, b"pixels")
        os.utime(made, (1e9, 1e9))
        await store.put("a", made)
        times = set()
        for number in range(2):
            destination = tmp_path / f"copy-{number}"
            before = time.time()
            await store.fetch("a", destination)
            times.add(destination.stat().st_mtime_ns)
            assert destination.stat().st_mtime < before
        assert len(times) == 1

    async def test_an_empty_object_is_an_object(self, store: ObjectStore, tmp_path: Path) -> None:
        assert await store.put("a", _file(tmp_path, b"")) == "created"
        assert await _read(store, "a", tmp_path) == b""

    async def test_a_reader_sees_the_whole_object_or_none(
        self, store: ObjectStore, tmp_path: Path
    ) -> None:
        body = b"0123456789abcdef" * 65_536
        seen: list[bytes] = []

        async def read(number: int) -> None:
            destination = tmp_path / f"read-{number}"
            try:
                await store.fetch("a", destination)
            except ObjectNotFoundError:
                assert not destination.exists()
            else:
                seen.append(destination.read_bytes())

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(store.put, "a", _file(tmp_path, body))
            for number in range(20):
                tasks.start_soon(read, number)
        assert all(text == body for text in seen)
        assert await _read(store, "a", tmp_path) == body

    @pytest.mark.parametrize("body", [b"", b"pixels", b"0123456789abcdef" * 100_000])
    async def test_an_equal_object_exists(
        self, store: ObjectStore, tmp_path: Path, body: bytes
    ) -> None:
        await store.put("a", _file(tmp_path, body))
        assert await store.put("a", _file(tmp_path, body)) == "exists"
        assert await _read(store, "a", tmp_path) == body

    @pytest.mark.parametrize("other", [b"", b"pixel", b"pixelz", b"pixels "])
    async def test_a_different_object_is_a_conflict_and_changes_nothing(
        self, store: ObjectStore, tmp_path: Path, other: bytes
    ) -> None:
        await store.put("a", _file(tmp_path, b"pixels"))
        with pytest.raises(ObjectConflictError, match="new version"):
            await store.put("a", _file(tmp_path, other))
        assert await _read(store, "a", tmp_path) == b"pixels"

    async def test_a_difference_at_the_end_of_a_long_object_is_a_conflict(
        self, store: ObjectStore, tmp_path: Path
    ) -> None:
        body = b"0123456789abcdef" * 100_000
        await store.put("a", _file(tmp_path, body + b"a"))
        with pytest.raises(ObjectConflictError):
            await store.put("a", _file(tmp_path, body + b"b"))
        assert await _read(store, "a", tmp_path) == body + b"a"

    async def test_of_different_puts_at_once_one_creates_and_the_others_conflict(
        self, store: ObjectStore, tmp_path: Path
    ) -> None:
        created: list[bytes] = []

        async def put(body: bytes) -> None:
            try:
                await store.put("a", _file(tmp_path, body, name=body.decode()))
            except ObjectConflictError:
                return
            created.append(body)

        async with anyio.create_task_group() as tasks:
            for number in range(10):
                tasks.start_soon(put, f"body-{number}".encode())
        assert created == [await _read(store, "a", tmp_path)]

    async def test_of_puts_at_once_one_creates(self, store: ObjectStore, tmp_path: Path) -> None:
        outcomes: list[PutOutcome] = []

        async def put(path: Path) -> None:
            outcomes.append(await store.put("a", path))

        async with anyio.create_task_group() as tasks:
            for number in range(10):
                tasks.start_soon(put, _file(tmp_path, b"same", name=f"file-{number}"))
        assert sorted(outcomes) == ["created"] + ["exists"] * 9

    async def test_a_stored_object_is_there_for_the_next_process(
        self,
        store: ObjectStore,
        tmp_path: Path,
        reopen: Callable[[], Awaitable[ObjectStore]],
    ) -> None:
        await store.put("a/b", _file(tmp_path, b"pixels"))
        other = await reopen()
        assert await _read(other, "a/b", tmp_path) == b"pixels"
        await other.aclose()

    @pytest.mark.parametrize("key", BAD_KEYS)
    async def test_a_bad_key_is_refused_before_anything_is_touched(
        self, store: ObjectStore, tmp_path: Path, key: str
    ) -> None:
        path = _file(tmp_path, b"pixels")
        with pytest.raises(ValueError, match="expected an object key"):
            await store.put(key, path)
        with pytest.raises(ValueError, match="expected an object key"):
            await store.fetch(key, tmp_path / "fetched")
        with pytest.raises(ValueError, match="expected an object key"):
            await store.exists(key)
        with pytest.raises(ValueError, match="expected an object key"):
            await store.url(key)
        assert path.read_bytes() == b"pixels"

    async def test_an_absent_object_is_not_found(self, store: ObjectStore, tmp_path: Path) -> None:
        await store.put("a/b", _file(tmp_path, b"pixels"))
        for key in ("c", "a", "a/b/c", "a/c"):
            assert not await store.exists(key)
            with pytest.raises(ObjectNotFoundError):
                await store.fetch(key, tmp_path / "fetched")
        assert not (tmp_path / "fetched").exists()

    async def test_fetch_never_writes_over_a_file(self, store: ObjectStore, tmp_path: Path) -> None:
        await store.put("a", _file(tmp_path, b"pixels"))
        taken = _file(tmp_path, b"mine", name="taken")
        with pytest.raises(StorageError):
            await store.fetch("a", taken)
        assert taken.read_bytes() == b"mine"

    async def test_a_file_that_is_missing_is_a_storage_error(
        self, store: ObjectStore, tmp_path: Path
    ) -> None:
        with pytest.raises(StorageError):
            await store.put("a", tmp_path / "missing")
        assert not await store.exists("a")

    async def test_a_file_in_the_staging_folder_is_taken(
        self, store: ObjectStore, tmp_path: Path
    ) -> None:
        path = _file(store.staging or tmp_path, b"pixels")
        assert await store.put("a", path) == "created"
        assert await _read(store, "a", tmp_path) == b"pixels"

    async def test_a_url_is_made_whether_the_object_exists_or_not(self, store: ObjectStore) -> None:
        assert ":" in (await store.url("a/b.dcm")).url

    def test_a_bucket_has_a_name(self, store: ObjectStore) -> None:
        assert store.bucket


def _file(folder: Path, body: bytes, *, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(body)
    return path


async def _read(store: ObjectStore, key: str, folder: Path) -> bytes:
    destination = folder / "fetched"
    await store.fetch(key, destination)
    body = destination.read_bytes()
    destination.unlink()
    return body
