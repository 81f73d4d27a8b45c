from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlparse

import pytest

from mip.errors import ObjectConflictError, ObjectNotFoundError, SettingsError, StorageError
from mip.storage import open_store
from mip.storage.folder import STAGING_NAME, FolderStore
from mip.storage.staging import Staging, clean

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path


class Crash(BaseException):
    """Stands for the death of the process: nothing of ours catches it."""


@pytest.fixture
def bucket(tmp_path: Path) -> Path:
    return tmp_path / "bucket"


@pytest.fixture
async def store(bucket: Path) -> AsyncIterator[FolderStore]:
    store = await FolderStore.open(bucket)
    yield store
    await store.aclose()


def written(folder: Path, body: bytes = b"pixels", *, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(body)
    return path


def objects(bucket: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(bucket)): path.read_bytes()
        for path in bucket.rglob("*")
        if path.is_file() and STAGING_NAME not in path.parts
    }


def failing(function: Callable[..., Any], error: OSError) -> Callable[..., Any]:
    """Fail the first call, then do as before."""
    errors = [error]

    def call(*args: Any, **kwargs: Any) -> Any:
        if errors:
            raise errors.pop()
        return function(*args, **kwargs)

    return call


@pytest.mark.parametrize("url", ["", "folder:", "folder", "s3:bucket", "/data/out", "bucket"])
async def test_a_url_of_no_known_store_is_a_settings_error(url: str) -> None:
    with pytest.raises(SettingsError, match="folder:PATH"):
        await open_store(url)


async def test_the_bucket_of_a_result_opens_the_same_store(
    store: FolderStore, tmp_path: Path
) -> None:
    await store.put("a", written(tmp_path))
    again = await open_store(store.bucket)
    assert await again.exists("a")
    await again.aclose()


async def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(
        StorageError,
        match=rf"write to the folder {tmp_path}.*: Not a directory; remove the file or link",
    ):
        await FolderStore.open(written(tmp_path) / "bucket")


async def test_a_url_reads_the_object_also_with_odd_folder_names(tmp_path: Path) -> None:
    store = await FolderStore.open(tmp_path / "a b%20ü")
    await store.put("c/d.dcm", written(tmp_path))
    url = urlparse((await store.url("c/d.dcm")).url)
    assert url.scheme == "file"
    with open(unquote(url.path), "rb") as file:  # noqa: ASYNC230, PTH123 - a reader without us
        assert file.read() == b"pixels"
    await store.aclose()


async def test_a_stored_file_is_moved_and_not_copied(store: FolderStore, bucket: Path) -> None:
    path = written(store.staging)
    inode = path.stat().st_ino
    await store.put("a", path)
    assert (bucket / "a").stat().st_ino == inode
    assert not path.exists()


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is made durable, and where the name is given, in order."""
    steps: list[str] = []
    fsync, link = os.fsync, os.link

    def noted_fsync(fd: int) -> None:
        steps.append("sync " + os.path.basename(os.readlink(f"/proc/self/fd/{fd}")))  # noqa: PTH115, PTH119
        fsync(fd)

    def noted_link(*args: Any, **kwargs: Any) -> None:
        steps.append("link")
        link(*args, **kwargs)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "link", noted_link)
    return steps


async def test_an_object_is_durable_before_it_has_its_name_and_its_name_before_put_returns(
    store: FolderStore, steps: list[str]
) -> None:
    await store.put("a/b/c", written(store.staging))
    assert steps == ["sync file", "sync bucket", "sync a", "link", "sync b"]


async def test_a_put_of_what_exists_makes_its_name_durable_too(
    store: FolderStore, steps: list[str]
) -> None:
    await store.put("a/c", written(store.staging))
    steps.clear()
    assert await store.put("a/c", written(store.staging)) == "exists"
    assert steps == ["sync file", "link", "sync a"]


async def test_a_folder_that_another_process_made_is_made_durable_once(
    store: FolderStore, bucket: Path, steps: list[str]
) -> None:
    (bucket / "a").mkdir()
    for name in "bc":
        await store.put(f"a/{name}", written(store.staging))
    assert steps == ["sync file", "sync bucket", "link", "sync a", "sync file", "link", "sync a"]


async def test_a_file_of_another_file_system_is_copied(
    store: FolderStore, bucket: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", failing(os.link, OSError(errno.EXDEV, "other")))
    assert await store.put("a", written(tmp_path)) == "created"
    assert objects(bucket) == {"a": b"pixels"}
    assert not list(store.staging.iterdir())


@pytest.mark.parametrize("name", ["a", "b"])
async def test_a_link_out_of_the_bucket_is_never_followed(
    store: FolderStore, bucket: Path, tmp_path: Path, name: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    secret = written(outside, b"secret", name="secret")
    (bucket / "a").symlink_to(outside)
    (bucket / "b").symlink_to(secret)
    key = {"a": "a/secret", "b": "b"}[name]
    assert not await store.exists(key)
    with pytest.raises(ObjectNotFoundError):
        await store.fetch(key, tmp_path / "fetched")
    with pytest.raises(StorageError, match="remove the"):
        await store.put(key, written(tmp_path))
    with pytest.raises(StorageError, match="remove the"):
        await store.put("a/new", written(tmp_path))
    assert [path.name for path in outside.iterdir()] == ["secret"]
    assert secret.read_bytes() == b"secret"


async def test_a_pipe_in_the_bucket_is_no_object_and_hangs_nobody(
    store: FolderStore, bucket: Path, tmp_path: Path
) -> None:
    os.mkfifo(bucket / "a")
    assert not await store.exists("a")
    with pytest.raises(StorageError, match="remove the"):
        await store.put("a", written(tmp_path))


async def test_a_folder_where_an_object_must_be_is_not_replaced(
    store: FolderStore, bucket: Path, tmp_path: Path
) -> None:
    (bucket / "a").mkdir()
    with pytest.raises(StorageError, match="remove the"):
        await store.put("a", written(tmp_path))
    assert (bucket / "a").is_dir()


async def test_a_truncated_object_is_a_conflict_that_names_it(
    store: FolderStore, bucket: Path
) -> None:
    written(bucket, b"pix", name="a")
    path = written(store.staging)
    with pytest.raises(ObjectConflictError, match="no object a or an equal one") as caught:
        await store.put("a", path)
    assert not caught.value.retryable
    assert objects(bucket) == {"a": b"pix"}
    (bucket / "a").unlink()
    assert await store.put("a", path) == "created"


async def test_a_put_that_failed_after_it_gave_the_name_can_be_repeated(
    store: FolderStore, bucket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(store.staging)
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.unlink", failing(os.unlink, OSError(errno.EIO, "disk")))
        with pytest.raises(StorageError):
            await store.put("a", path)
    assert objects(bucket) == {"a": b"pixels"}
    assert await store.put("a", path) == "exists"
    assert not path.exists()


async def test_a_file_of_another_file_system_is_compared_too(
    store: FolderStore, bucket: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = OSError(errno.EXDEV, "other")
    await store.put("a", written(tmp_path))
    monkeypatch.setattr(os, "link", failing(os.link, other))
    assert await store.put("a", written(tmp_path)) == "exists"
    monkeypatch.setattr(os, "link", failing(os.link, other))
    with pytest.raises(ObjectConflictError):
        await store.put("a", written(tmp_path, b"others"))
    assert objects(bucket) == {"a": b"pixels"}
    assert not list(store.staging.iterdir())


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "free space"),
        (errno.EDQUOT, "quota"),
        (errno.EACCES, "right to read and write"),
        (errno.EROFS, "mount"),
        (errno.EIO, "look at"),
    ],
)
@pytest.mark.parametrize("call", ["fsync", "link", "open", "mkdir"])
async def test_a_failing_disk_is_a_storage_error_with_a_remedy_and_leaves_nothing(
    store: FolderStore,
    bucket: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    remedy: str,
    call: str,
) -> None:
    path = written(store.staging)
    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing(getattr(os, call), OSError(number, "disk")))
        with pytest.raises(StorageError, match=remedy) as caught:
            await store.put("a/b", path)
    assert caught.value.retryable
    assert isinstance(caught.value.__cause__, OSError)
    assert objects(bucket) == {}
    assert await store.put("a/b", path) == "created"


async def test_a_full_disk_leaves_no_part_of_a_fetched_file(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.put("a", written(tmp_path))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "disk")

    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(StorageError, match="free space"):
        await store.fetch("a", tmp_path / "fetched")
    assert not (tmp_path / "fetched").exists()


STEPS = ("fsync", "mkdir", "open", "link", "unlink", "close")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", range(16))
async def test_a_crash_at_any_step_leaves_an_object_whole_or_absent(
    bucket: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int, when: str
) -> None:
    store = await FolderStore.open(bucket)
    calls = 0

    def crashing(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls - 1 == nth and when == "before":
                raise Crash
            value = function(*args, **kwargs)
            if calls - 1 == nth:
                raise Crash
            return value

        return call

    path = written(store.staging)
    with monkeypatch.context() as patch:
        for step in STEPS:
            patch.setattr(os, step, crashing(getattr(os, step)))
        try:
            store._put("a/b.dcm", path)
        except Crash:
            pass
        else:
            assert nth >= calls
    assert objects(bucket) in ({}, {"a/b.dcm": b"pixels"})
    again = await FolderStore.open(bucket)
    await again.put("a/b.dcm", written(tmp_path))
    assert objects(bucket) == {"a/b.dcm": b"pixels"}
    await again.aclose()
    await store.aclose()


async def test_a_bucket_whose_file_system_has_no_locks_is_refused(
    bucket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(StorageError, match="No locks available"):
        await FolderStore.open(bucket)


async def test_an_object_that_cannot_be_opened_is_not_taken_for_absent(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.put("a", written(tmp_path))
    monkeypatch.setattr(os, "open", failing(os.open, OSError(errno.EACCES, "not allowed")))
    with pytest.raises(StorageError, match="right to read"):
        await store.exists("a")


def test_the_staging_folder_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    mine = Staging(tmp_path)
    other = Staging(tmp_path)
    assert mine.path.exists()
    assert other.path.exists()
    mine.close()
    mine.close()
    assert not mine.path.exists()
    assert other.path.exists()
    other.close()
    assert not list(tmp_path.iterdir())


def test_the_staging_folder_of_a_killed_process_is_removed(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from mip.storage.staging import Staging;"
        "s = Staging(Path(sys.argv[1])); (s.path / 'part').write_bytes(b'x');"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, timeout=30)
    assert list(tmp_path.glob("*/part"))
    assert clean(tmp_path) == 1
    assert not list(tmp_path.iterdir())


def test_a_lock_that_is_cleaned_away_before_it_is_taken_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    flock = fcntl.flock

    def slow(fd: int, operation: int) -> None:
        if not taken and operation == fcntl.LOCK_EX:
            taken.append(fd)
            assert clean(tmp_path) == 1
        flock(fd, operation)

    monkeypatch.setattr(fcntl, "flock", slow)
    staging = Staging(tmp_path)
    assert staging.path.with_suffix(".lock").exists()
    assert clean(tmp_path) == 0
    assert staging.path.exists()
    staging.close()
