from __future__ import annotations

import os
from typing import TYPE_CHECKING

import anyio
import anyio.from_thread
import pytest
from blockbuster import blockbuster_ctx
from msgspec.structs import replace

from mip.clock import SystemClock
from mip.contracts import PathReference, UidReference
from mip.dicom import read_header
from mip.errors import InstanceNotFoundError, PacsError, SettingsError
from mip.pacs import Instance, InstanceIndex, open_pacs
from mip.pacs.folder import MAX_PAUSE_SECONDS, MIN_PAUSE_SECONDS, PAUSE_PER_SCAN_SECOND, FolderPacs
from mip.pacs.paths import PARTIAL_PREFIX
from mip.pacs.scan import FILES_PER_STEP
from mip.testing import FakeClock
from mip.testing.pacs import BROKEN, dicom_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from mip.dicom import InstanceHeader

STUDY, SERIES = "1.2", "1.2.3"


class Reader:
    """Reads headers, counts them, and does something first when told to."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.errors: dict[str, Exception] = {}

    def __call__(self, path: Path) -> InstanceHeader:
        self.paths.append(path.name)
        if path.name in self.errors:
            raise self.errors[path.name]
        return read_header(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "pacs"
    root.mkdir()
    return root


@pytest.fixture
def read() -> Reader:
    return Reader()


@pytest.fixture
def pacs(root: Path, read: Reader) -> FolderPacs:
    return FolderPacs(root, clock=SystemClock(), read=read)


def add(root: Path, path: str, number: int, *, series: str = SERIES) -> None:
    write(root, path, dicom_bytes(STUDY, series, f"1.2.3.{number}"))


def write(root: Path, path: str, body: bytes) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body)


def by_uid(number: int) -> UidReference:
    return UidReference(study_uid=STUDY, series_uid=SERIES, instance_uid=f"1.2.3.{number}")


def by_path(image_id: str, *, study_id: str = "s", series_id: str = "t") -> PathReference:
    return PathReference(study_id=study_id, series_id=series_id, image_id=image_id)


def series_of(series_id: str, *, study_id: str = "s") -> PathReference:
    return PathReference(study_id=study_id, series_id=series_id, scope="series")


async def locators(pacs: FolderPacs, reference: PathReference | UidReference) -> list[str]:
    return [instance.locator for instance in await pacs.resolve(reference)]


@pytest.mark.parametrize("url", ["", "folder:", "rest:http://x", "pacs", "folder:/no/such/folder"])
async def test_a_url_of_no_pacs_is_a_settings_error(url: str) -> None:
    with pytest.raises(SettingsError, match="folder"):
        await open_pacs(url)


async def test_a_file_is_no_pacs(root: Path) -> None:
    write(root, "file", b"")
    with pytest.raises(SettingsError):
        await open_pacs(f"folder:{root / 'file'}")


@pytest.mark.parametrize(
    ("files", "image_id", "expected"),
    [
        (["s/t/a"], "a", "s/t/a"),
        (["s/t/a.dcm"], "a", "s/t/a.dcm"),
        (["a/b.dcm"], "a/b", "a/b.dcm"),
        (["s/t/a", "s/t/a.dcm", "a"], "a", "s/t/a"),
        (["s/t/a.dcm", "a"], "a", "s/t/a.dcm"),
        (["a", "a.dcm"], "a", "a"),
        (["x/y/a"], "x/y/a", "x/y/a"),
    ],
)
async def test_a_path_id_is_looked_up_below_its_series_then_below_the_root(
    root: Path, pacs: FolderPacs, files: list[str], image_id: str, expected: str
) -> None:
    for number, file in enumerate(files):
        add(root, file, number)
    assert await locators(pacs, by_path(image_id)) == [expected]


@pytest.mark.parametrize("reference", [by_path("a", series_id="typo"), series_of("u")])
async def test_a_name_alone_is_of_no_study_that_has_a_folder(
    root: Path, pacs: FolderPacs, reference: PathReference
) -> None:
    for number, file in enumerate(("s/t/a", "a", "u/a")):
        add(root, file, number)
    with pytest.raises(InstanceNotFoundError):
        await pacs.resolve(reference)
    assert await locators(pacs, replace(reference, study_id="-")) != []


async def test_a_link_in_a_series_is_named_by_the_series(root: Path, pacs: FolderPacs) -> None:
    add(root, "a", 1)
    (root / "s/t").mkdir(parents=True)
    (root / "s/t/b").symlink_to(root / "a")
    (instance,) = await pacs.resolve(series_of("t"))
    assert (instance.locator, instance.image_id) == ("a", "b")


async def test_ids_that_are_uids_are_looked_up_in_the_index(root: Path, pacs: FolderPacs) -> None:
    add(root, "elsewhere/x", 1)
    image = PathReference(study_id=STUDY, series_id=SERIES, image_id="1.2.3.1")
    assert await locators(pacs, image) == ["elsewhere/x"]
    series = PathReference(study_id=STUDY, series_id=SERIES, scope="series")
    assert await locators(pacs, series) == ["elsewhere/x"]


async def test_a_job_on_one_path_reads_no_header(
    root: Path, pacs: FolderPacs, read: Reader
) -> None:
    for number in range(5):
        add(root, f"s/t/{number}", number)
    assert await locators(pacs, by_path("3")) == ["s/t/3"]
    with pytest.raises(InstanceNotFoundError):
        await pacs.resolve(by_path("9"))
    assert read.paths == []


async def test_a_series_folder_reads_only_its_own_headers_and_only_once(
    root: Path, pacs: FolderPacs, read: Reader
) -> None:
    add(root, "s/t/a", 1)
    add(root, "s/u/b", 2)
    for _ in range(2):
        assert await locators(pacs, series_of("t")) == ["s/t/a"]
    assert read.paths == ["a"]


async def test_a_series_folder_may_be_given_below_the_root(root: Path, pacs: FolderPacs) -> None:
    add(root, "deep/er/a", 1)
    assert await locators(pacs, series_of("deep/er")) == ["deep/er/a"]


async def test_a_header_is_read_again_only_when_its_file_has_changed(
    root: Path, pacs: FolderPacs, read: Reader
) -> None:
    for number in range(3):
        add(root, f"{number}", number)
    assert len(await pacs.instances(STUDY, SERIES)) == 3
    add(root, "3", 3)
    write(root, "1", dicom_bytes(STUDY, SERIES, "1.2.3.99"))
    await pacs.series()
    assert [item.instance_uid for item in await pacs.instances(STUDY, SERIES)] == [
        "1.2.3.0",
        "1.2.3.2",
        "1.2.3.3",
        "1.2.3.99",
    ]
    assert sorted(read.paths) == ["0", "1", "1", "2", "3"]


async def test_a_series_that_was_just_listed_costs_no_scan(
    root: Path, pacs: FolderPacs, read: Reader
) -> None:
    add(root, "a", 1)
    await pacs.series()
    add(root, "b", 2)
    assert len(await pacs.instances(STUDY, SERIES)) == 1
    assert read.paths == ["a"]


async def test_a_known_instance_costs_no_scan(root: Path, pacs: FolderPacs, read: Reader) -> None:
    add(root, "a", 1)
    await pacs.resolve(by_uid(1))
    add(root, "b", 2)
    await pacs.resolve(by_uid(1))
    assert read.paths == ["a"]


async def test_a_file_that_was_moved_is_found_where_it_is(root: Path, pacs: FolderPacs) -> None:
    add(root, "a", 1)
    assert await locators(pacs, by_uid(1)) == ["a"]
    (root / "a").rename(root / "b")
    assert await locators(pacs, by_uid(1)) == ["b"]


async def test_a_file_that_now_holds_another_instance_does_not_answer_for_the_old(
    root: Path, pacs: FolderPacs
) -> None:
    add(root, "a", 1)
    await pacs.resolve(by_uid(1))
    write(root, "a", dicom_bytes(STUDY, SERIES, "1.2.3.11"))
    with pytest.raises(InstanceNotFoundError):
        await pacs.resolve(by_uid(1))
    assert await locators(pacs, by_uid(11)) == ["a"]


async def test_a_removed_file_is_not_found_by_uid_or_path(root: Path, pacs: FolderPacs) -> None:
    add(root, "s/t/a", 1)
    (instance,) = await pacs.resolve(by_uid(1))
    (root / "s/t/a").unlink()
    for reference in (by_uid(1), by_path("a"), series_of("t")):
        with pytest.raises(InstanceNotFoundError):
            await pacs.resolve(reference)
    with pytest.raises(InstanceNotFoundError):
        async with pacs.fetch(instance):
            pass


async def test_what_was_found_is_counted(root: Path, pacs: FolderPacs) -> None:
    assert pacs.stats.files == 0
    add(root, "a/1", 1)
    add(root, "b/1", 1)
    add(root, "b/2.dcm", 2)
    write(root, "broken", BROKEN)
    write(root, "empty.dcm", b"")
    write(root, "no-uids", dicom_bytes("", "", ""))
    write(root, "README.txt", b"these are images of phantoms")
    write(root, "slice.dcm.gz", b"\x1f\x8b" + b"\0" * 50)
    write(root, "DICOMDIR", dicom_bytes(STUDY, SERIES, "1.2.3.77"))
    assert await pacs.series()
    stats = pacs.stats
    assert (stats.files, stats.instances, stats.unreadable) == (9, 2, 3)
    assert (stats.duplicates, stats.others) == (1, 3)


async def test_of_two_files_of_one_instance_the_first_by_path_is_used(
    root: Path, pacs: FolderPacs
) -> None:
    add(root, "b/x", 1)
    add(root, "a/z", 1)
    assert await locators(pacs, by_uid(1)) == ["a/z"]


async def test_one_instance_twice_in_a_series_folder_is_one_slice(
    root: Path, pacs: FolderPacs
) -> None:
    add(root, "s/t/b", 1)
    add(root, "s/t/a", 1)
    add(root, "s/t/c", 2)
    assert await locators(pacs, series_of("t")) == ["s/t/a", "s/t/c"]


async def test_a_broken_slice_is_part_of_its_series_folder_and_a_text_is_not(
    root: Path, pacs: FolderPacs
) -> None:
    add(root, "s/t/a", 1)
    write(root, "s/t/b", BROKEN)
    write(root, "s/t/c.dcm", b"cut off")
    write(root, "s/t/notes.txt", b"notes")
    write(root, "s/t/DICOMDIR", b"")
    assert await locators(pacs, series_of("t")) == ["s/t/a", "s/t/b", "s/t/c.dcm"]


async def test_a_folder_without_any_instance_is_no_series(root: Path, pacs: FolderPacs) -> None:
    write(root, "s/t/notes.txt", b"notes")
    with pytest.raises(InstanceNotFoundError):
        await pacs.resolve(series_of("t"))


async def test_a_broken_file_is_read_again_when_it_is_complete(
    root: Path, pacs: FolderPacs
) -> None:
    whole = dicom_bytes(STUDY, SERIES, "1.2.3.1")
    write(root, "a", whole[:150])
    assert await pacs.instances(STUDY, SERIES) == []
    write(root, "a", whole)
    assert await locators(pacs, by_uid(1)) == ["a"]


async def test_a_file_that_may_not_be_read_is_tried_again(
    root: Path, pacs: FolderPacs, read: Reader
) -> None:
    add(root, "a", 1)
    read.errors["a"] = PacsError("not allowed")
    assert await pacs.instances(STUDY, SERIES) == []
    assert pacs.stats.unreadable == 1
    read.errors.clear()
    assert await locators(pacs, by_uid(1)) == ["a"]


async def test_a_file_that_goes_while_it_is_read_is_left_out(
    root: Path, pacs: FolderPacs, read: Reader
) -> None:
    add(root, "s/t/a", 1)
    add(root, "s/t/b", 2)
    read.errors["a"] = InstanceNotFoundError("gone")
    assert await locators(pacs, series_of("t")) == ["s/t/b"]
    assert len(await pacs.instances(STUDY, SERIES)) == 1


def refuse(monkeypatch: pytest.MonkeyPatch, call: str, path: Path) -> None:
    """Let a call of the system be refused for one path; tests may run as a user who may all."""
    module, _, name = call.rpartition(".")
    original = getattr(os.path if module else os, name)

    def refusing(item: object, **kwargs: object) -> object:
        if os.fspath(item).rstrip("/") == str(path):  # type: ignore[call-overload] # any path
            raise PermissionError(13, "Permission denied")
        return original(item, **kwargs)

    monkeypatch.setattr(os.path if module else os, name, refusing)


async def test_a_folder_that_may_not_be_listed_is_counted_and_hides_nothing_else(
    root: Path, pacs: FolderPacs, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(root, "s/t/a", 1)
    (root / "lost+found").mkdir()
    refuse(monkeypatch, "scandir", root / "lost+found")
    assert await locators(pacs, by_uid(1)) == ["s/t/a"]
    assert (pacs.stats.unreadable, pacs.stats.instances) == (1, 1)


async def test_a_root_that_may_not_be_listed_is_not_an_empty_pacs(
    root: Path, pacs: FolderPacs, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "scandir", root)
    with pytest.raises(PacsError, match="Permission denied") as caught:
        await pacs.resolve(by_uid(1))
    assert caught.value.retryable


async def test_a_series_folder_that_may_not_be_listed_is_no_missing_series(
    root: Path, pacs: FolderPacs, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(root, "s/t/a", 1)
    refuse(monkeypatch, "listdir", root / "s/t")
    with pytest.raises(PacsError, match="Permission denied") as caught:
        await pacs.resolve(series_of("t"))
    assert caught.value.retryable


async def test_a_path_that_may_not_be_followed_is_no_missing_image(
    root: Path, pacs: FolderPacs, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(root, "s/t/a", 1)
    refuse(monkeypatch, "path.realpath", root / "s/t/a")
    with pytest.raises(PacsError, match="Permission denied") as caught:
        await pacs.resolve(by_path("a"))
    assert caught.value.retryable


@pytest.mark.parametrize("locator", ["../pacs/a", "/etc/passwd", "", "a\0b", "s/../a"])
async def test_a_locator_that_is_not_ours_is_not_fetched(
    root: Path, pacs: FolderPacs, locator: str
) -> None:
    add(root, "a", 1)
    with pytest.raises(InstanceNotFoundError):
        async with pacs.fetch(Instance(locator=locator)):
            pass


async def test_links_out_of_the_root_are_never_followed(
    root: Path, pacs: FolderPacs, tmp_path: Path
) -> None:
    add(tmp_path, "outside/t/a", 1)
    (root / "s").symlink_to(tmp_path / "outside")
    (root / "file").symlink_to(tmp_path / "outside/t/a")
    (root / "mixed").mkdir()
    (root / "mixed/file").symlink_to(tmp_path / "outside/t/a")
    for reference in (by_path("a"), by_path("file"), series_of("t"), series_of("mixed"), by_uid(1)):
        with pytest.raises(InstanceNotFoundError):
            await pacs.resolve(reference)
    with pytest.raises(InstanceNotFoundError):
        async with pacs.fetch(Instance(locator="s/t/a")):
            pass


async def test_links_within_the_root_lead_to_what_they_name(root: Path, pacs: FolderPacs) -> None:
    add(root, "real/a", 1)
    (root / "s").mkdir()
    (root / "s/t").symlink_to(root / "real")
    (root / "s/u").mkdir()
    (root / "s/u/b").symlink_to(root / "real/a")
    assert await locators(pacs, by_path("a")) == ["real/a"]
    assert await locators(pacs, series_of("t")) == ["real/a"]
    assert await locators(pacs, series_of("u")) == ["real/a"]
    assert await locators(pacs, by_uid(1)) == ["real/a"]
    assert pacs.stats.duplicates == 0


async def test_a_circle_of_links_is_not_found(root: Path, pacs: FolderPacs) -> None:
    (root / "s").symlink_to(root / "s")
    with pytest.raises(InstanceNotFoundError):
        await pacs.resolve(by_path("a"))
    assert await pacs.series() == []


async def test_only_regular_files_are_opened(root: Path, pacs: FolderPacs) -> None:
    add(root, "s/t/a", 1)
    os.mkfifo(root / "s/t/pipe")
    assert await locators(pacs, series_of("t")) == ["s/t/a"]
    assert await locators(pacs, by_uid(1)) == ["s/t/a"]
    for image_id in ("pipe", "s/t/pipe", "s/t"):
        with pytest.raises(InstanceNotFoundError):
            await pacs.resolve(by_path(image_id))


async def test_questions_asked_at_once_share_a_scan(root: Path, read: Reader) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    pacs = FolderPacs(root, clock=SystemClock(), read=read, sleep=sleep)
    for number in range(20):
        add(root, str(number), number)
    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(pacs.resolve, by_uid(number))
    assert len(read.paths) == 20
    # The first scan began after the first question, one more may serve all the others.
    assert len(pauses) <= 1


@pytest.mark.parametrize(
    ("scan_seconds", "pause"),
    [(0.001, MIN_PAUSE_SECONDS), (0.1, 0.1 * PAUSE_PER_SCAN_SECOND), (9.0, MAX_PAUSE_SECONDS)],
)
async def test_scans_are_paced_by_what_they_cost(
    root: Path, scan_seconds: float, pause: float
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    def read(path: Path) -> InstanceHeader:
        clock.advance(scan_seconds)
        return read_header(path)

    clock = FakeClock()
    add(root, "a", 1)
    pacs = FolderPacs(root, clock=clock, read=read, sleep=sleep)
    await pacs.series()
    assert pauses == []
    await pacs.series()
    assert pauses == ([pytest.approx(pause - scan_seconds)] if pause > scan_seconds else [])


async def test_a_scan_that_is_given_up_keeps_what_it_read(root: Path, read: Reader) -> None:
    pacs = FolderPacs(root, clock=SystemClock(), read=read)
    for number in range(FILES_PER_STEP + 10):
        add(root, str(number), number)
    scope = anyio.CancelScope()

    def read_and_cancel(path: Path) -> InstanceHeader:
        if len(read.paths) == FILES_PER_STEP // 2:
            anyio.from_thread.run_sync(scope.cancel)
        return read(path)

    pacs = FolderPacs(root, clock=SystemClock(), read=read_and_cancel)
    with scope:
        await pacs.series()
    assert scope.cancelled_caught
    assert len(read.paths) == FILES_PER_STEP
    assert len(await pacs.instances(STUDY, SERIES)) == FILES_PER_STEP + 10
    assert len(read.paths) == FILES_PER_STEP + 10


async def test_a_root_that_goes_during_a_scan_is_not_an_empty_pacs(
    root: Path, read: Reader
) -> None:
    def read_and_remove(path: Path) -> InstanceHeader:
        header = read(path)
        path.unlink()
        root.rmdir()
        return header

    add(root, "a", 1)
    pacs = FolderPacs(root, clock=SystemClock(), read=read_and_remove)
    with pytest.raises(PacsError) as caught:
        await pacs.resolve(by_uid(2))
    assert caught.value.retryable


async def test_nothing_blocks_the_event_loop(root: Path) -> None:
    add(root, "s/t/a", 1)
    with blockbuster_ctx():
        pacs = await open_pacs(f"folder:{root}")
        for reference in (by_path("a"), series_of("t"), by_uid(1)):
            (instance,) = await pacs.resolve(reference)
            async with pacs.fetch(instance):
                pass
        await pacs.aclose()


async def test_a_file_that_is_being_written_is_no_part_of_the_pacs(
    root: Path, pacs: FolderPacs
) -> None:
    add(root, "s/1.dcm", 1)
    (root / "s" / "1.dcm").rename(root / "s" / f"{PARTIAL_PREFIX}1")
    assert await pacs.series() == []
    with pytest.raises(InstanceNotFoundError):
        await pacs.resolve(PathReference(study_id="s", series_id="s", scope="series"))


async def test_nothing_is_stored_where_a_link_leads_out(
    root: Path, pacs: FolderPacs, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "sent.dcm").write_bytes(dicom_bytes(STUDY, SERIES, f"{SERIES}.1"))
    (root / STUDY).symlink_to(tmp_path / "outside")
    (sent,) = await pacs.send([tmp_path / "sent.dcm"])
    assert sent.status == "refused"
    assert os.listdir(tmp_path / "outside") == []  # noqa: PTH208 - names


async def test_a_folder_that_takes_no_file_is_an_outage(
    root: Path, pacs: FolderPacs, tmp_path: Path
) -> None:
    (tmp_path / "sent.dcm").write_bytes(dicom_bytes(STUDY, SERIES, f"{SERIES}.1"))
    (root / STUDY).write_bytes(b"a file where a folder must be")
    with pytest.raises(PacsError) as caught:
        await pacs.send([tmp_path / "sent.dcm"])
    assert caught.value.retryable


async def test_an_instance_is_found_by_its_uid_alone(root: Path, pacs: FolderPacs) -> None:
    assert isinstance(pacs, InstanceIndex)
    assert await pacs.find_instance("1.2.3.1") is None
    add(root, "b.dcm", 1)
    add(root, "a.dcm", 1, series="1.2.9")
    found = await pacs.find_instance("1.2.3.1")
    assert found is not None
    assert (found.locator, found.series_uid) == ("a.dcm", "1.2.9")


async def test_an_instance_that_is_gone_is_not_found_by_its_uid(
    root: Path, pacs: FolderPacs
) -> None:
    add(root, "a.dcm", 1)
    assert await pacs.find_instance("1.2.3.1") is not None
    (root / "a.dcm").unlink()
    assert await pacs.find_instance("1.2.3.1") is None
