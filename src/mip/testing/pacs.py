"""What every PACS must do: one test per sentence of :mod:`mip.pacs.base`."""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import pytest

from ..contracts import PathReference, Scope, UidReference
from ..errors import InstanceNotFoundError, PacsError
from ..pacs import Archive, Instance, Pacs, SeriesSummary

ROOT_UID = "1.2.826.0.1.3680043.10.1"
STUDY = f"{ROOT_UID}.1"
SERIES = f"{STUDY}.1"
OTHER_SERIES = f"{STUDY}.2"
OTHER_STUDY = f"{ROOT_UID}.2"
OTHER_STUDY_SERIES = f"{OTHER_STUDY}.1"
BROKEN = b"\x00" * 128 + b"DICM" + b"\xff" * 40

CONTENT = {
    f"{STUDY}/{SERIES}/c.dcm": (STUDY, SERIES, f"{SERIES}.3"),
    f"{STUDY}/{SERIES}/a.dcm": (STUDY, SERIES, f"{SERIES}.1"),
    f"{STUDY}/{SERIES}/b": (STUDY, SERIES, f"{SERIES}.2"),
    f"{STUDY}/{OTHER_SERIES}/a.dcm": (STUDY, OTHER_SERIES, f"{OTHER_SERIES}.1"),
    "liver1/dataset/D55-01/300/IM-0135.dcm": (
        OTHER_STUDY,
        OTHER_STUDY_SERIES,
        f"{OTHER_STUDY_SERIES}.1",
    ),
}
"""Path ids joined, and the UIDs of the instance there."""

HOSTILE_IDS = (
    "../secret",
    "../../etc/passwd",
    "/etc/passwd",
    "..",
    ".",
    "a/../../secret",
    "a\x00b",
    "",
    "x" * 5000,
    "\ud800",
    "%2e%2e/secret",
    "file:///etc/passwd",
    "..\\secret",
    "a\nb",
)

Add = Callable[[str, bytes], Awaitable[None]]


class ArchivePacs(Pacs, Archive, Protocol):
    """A PACS that takes objects."""


def dicom_bytes(study_uid: str, series_uid: str, instance_uid: str, modality: str = "CT") -> bytes:
    """Write the smallest file that an index of DICOM instances must understand."""
    sop_class = "1.2.840.10008.5.1.4.1.1.2"
    meta = (
        _element(0x0002, 0x0001, "OB", b"\x00\x01")
        + _element(0x0002, 0x0002, "UI", _uid(sop_class))
        + _element(0x0002, 0x0003, "UI", _uid(instance_uid))
        + _element(0x0002, 0x0010, "UI", _uid("1.2.840.10008.1.2.1"))
    )
    data = (
        _element(0x0008, 0x0016, "UI", _uid(sop_class))
        + _element(0x0008, 0x0018, "UI", _uid(instance_uid))
        + _element(0x0008, 0x0060, "CS", modality.encode())
        + _element(0x0020, 0x000D, "UI", _uid(study_uid))
        + _element(0x0020, 0x000E, "UI", _uid(series_uid))
    )
    length = _element(0x0002, 0x0000, "UL", struct.pack("<I", len(meta)))
    return b"\0" * 128 + b"DICM" + length + meta + data


class PacsConformance:
    """Subclass it and give three fixtures.

    ``pacs``
        An open, empty PACS.
    ``add``
        An async function that puts a file into it: path ids joined by slashes, and its bytes.
    ``stop``
        An async function that takes the PACS behind ``pacs`` down.
    """

    @pytest.fixture
    async def filled(self, pacs: Pacs, add: Add) -> Pacs:
        """Give ``pacs`` holding :data:`CONTENT`."""
        for path, uids in CONTENT.items():
            await add(path, dicom_bytes(*uids))
        return pacs

    async def test_an_image_is_found_by_uids_and_fetched_whole(self, filled: Pacs) -> None:
        for uids in CONTENT.values():
            assert await _fetch_one(filled, _by_uids(*uids)) == dicom_bytes(*uids)

    async def test_a_series_is_all_its_instances_in_a_stable_order(self, filled: Pacs) -> None:
        reference = UidReference(study_uid=STUDY, series_uid=SERIES)
        for _ in range(2):
            assert _uids(await filled.resolve(reference)) == [
                f"{SERIES}.1",
                f"{SERIES}.2",
                f"{SERIES}.3",
            ]

    async def test_a_series_is_found_by_path_ids(self, filled: Pacs) -> None:
        reference = PathReference(study_id=STUDY, series_id=SERIES, scope="series")
        assert _uids(await filled.resolve(reference)) == [
            f"{SERIES}.1",
            f"{SERIES}.2",
            f"{SERIES}.3",
        ]

    @pytest.mark.parametrize("dialect", ["path", "uid"])
    async def test_pinned_instances_are_exactly_what_is_resolved(
        self, filled: Pacs, dialect: str
    ) -> None:
        pinned = (f"{SERIES}.3", f"{SERIES}.1")
        reference = _series(dialect, pinned)
        assert _uids(await filled.resolve(reference)) == list(pinned)

    @pytest.mark.parametrize("dialect", ["path", "uid"])
    async def test_a_pinned_instance_that_is_missing_is_not_left_out(
        self, filled: Pacs, dialect: str
    ) -> None:
        reference = _series(dialect, (f"{SERIES}.1", f"{SERIES}.99"))
        with pytest.raises(InstanceNotFoundError):
            await filled.resolve(reference)

    @pytest.mark.parametrize("dialect", ["path", "uid"])
    async def test_each_image_of_a_series_is_found_by_its_own_id(
        self, filled: Pacs, dialect: str
    ) -> None:
        await _check_image_ids(filled, STUDY, SERIES, await filled.resolve(_series(dialect, None)))

    @pytest.mark.parametrize("hostile", HOSTILE_IDS)
    @pytest.mark.parametrize("field", ["study_id", "series_id", "image_id"])
    @pytest.mark.parametrize("scope", ["image", "series"])
    async def test_no_id_leads_out_of_the_pacs(
        self, filled: Pacs, hostile: str, field: str, scope: Scope
    ) -> None:
        ids = {"study_id": "none", "series_id": "none", "image_id": "none", field: hostile}
        reference = PathReference(
            study_id=ids["study_id"],
            series_id=ids["series_id"],
            image_id=ids["image_id"],
            scope=scope,
        )
        with pytest.raises(InstanceNotFoundError):
            await filled.resolve(reference)

    async def test_what_does_not_exist_is_not_found(self, filled: Pacs) -> None:
        for reference in (
            _by_uids(STUDY, SERIES, f"{SERIES}.99"),
            _by_uids(OTHER_STUDY, SERIES, f"{SERIES}.1"),
            _by_uids(STUDY, OTHER_SERIES, f"{SERIES}.1"),
            UidReference(study_uid=STUDY, series_uid=f"{STUDY}.99"),
            PathReference(study_id=STUDY, series_id=SERIES, image_id="z"),
            PathReference(study_id=STUDY, series_id="z", scope="series"),
        ):
            with pytest.raises(InstanceNotFoundError) as caught:
                await filled.resolve(reference)
            assert not caught.value.retryable

    async def test_an_instance_that_is_gone_is_not_fetched(self, filled: Pacs) -> None:
        gone = Instance(locator="gone/gone/gone.dcm")
        with pytest.raises(InstanceNotFoundError):
            async with filled.fetch(gone):
                raise AssertionError("fetched what is not there")

    async def test_an_instance_that_came_later_is_found(self, filled: Pacs, add: Add) -> None:
        uids = (STUDY, SERIES, f"{SERIES}.4")
        with pytest.raises(InstanceNotFoundError):
            await filled.resolve(_by_uids(*uids))
        await add(f"{STUDY}/{SERIES}/d.dcm", dicom_bytes(*uids))
        assert await _fetch_one(filled, _by_uids(*uids)) == dicom_bytes(*uids)
        assert len(await filled.resolve(_series("uid", None))) == 4

    async def test_a_pacs_that_is_down_is_worth_another_try(
        self, filled: Pacs, stop: Callable[[], Awaitable[None]]
    ) -> None:
        known = await filled.resolve(_by_uids(STUDY, SERIES, f"{SERIES}.1"))
        await stop()
        for reference in (
            _by_uids(STUDY, SERIES, f"{SERIES}.1"),
            _series("uid", None),
            _series("path", None),
        ):
            with pytest.raises(PacsError) as caught:
                await filled.resolve(reference)
            assert caught.value.retryable
        with pytest.raises(PacsError) as caught:
            async with filled.fetch(known[0]):
                raise AssertionError("fetched from a PACS that is down")
        assert caught.value.retryable

    async def test_series_are_listed_in_order(self, filled: Pacs) -> None:
        assert await filled.series() == [
            _summary(STUDY, SERIES, 3),
            _summary(STUDY, OTHER_SERIES, 1),
            _summary(OTHER_STUDY, OTHER_STUDY_SERIES, 1),
        ]

    async def test_the_series_of_one_study_are_listed_alone(self, filled: Pacs) -> None:
        assert await filled.series(OTHER_STUDY) == [_summary(OTHER_STUDY, OTHER_STUDY_SERIES, 1)]
        assert await filled.series("9.9") == []

    async def test_instances_are_listed_in_order(self, filled: Pacs) -> None:
        assert _uids(await filled.instances(STUDY, SERIES)) == [
            f"{SERIES}.1",
            f"{SERIES}.2",
            f"{SERIES}.3",
        ]
        assert await filled.instances(STUDY, "9.9") == []

    async def test_a_pacs_by_name_is_not_answered_by_one_without(self, filled: Pacs) -> None:
        reference = UidReference(
            study_uid=STUDY, series_uid=SERIES, instance_uid=f"{SERIES}.1", server="other"
        )
        with pytest.raises(InstanceNotFoundError):
            await filled.resolve(reference)


class PathIdsConformance(PacsConformance):
    """For a PACS that knows images by paths too; the fixtures are the same."""

    async def test_an_image_is_found_by_path_ids(self, filled: Pacs) -> None:
        reference = PathReference(study_id=STUDY, series_id=SERIES, image_id="a.dcm")
        expected = CONTENT[f"{STUDY}/{SERIES}/a.dcm"]
        assert await _fetch_one(filled, reference) == dicom_bytes(*expected)

    async def test_path_ids_may_have_several_segments(self, filled: Pacs) -> None:
        reference = PathReference(
            study_id="liver1/dataset", series_id="D55-01", image_id="300/IM-0135.dcm"
        )
        (path,) = [path for path in CONTENT if path.startswith("liver1")]
        assert await _fetch_one(filled, reference) == dicom_bytes(*CONTENT[path])

    async def test_each_image_of_a_series_by_paths_is_found_by_its_own_id(
        self, filled: Pacs, add: Add
    ) -> None:
        study, series = "liver1/dataset", "D55-02"
        for number, name in enumerate(("IM 1.dcm", "IM+2.dcm", "300/IM-3.dcm"), start=1):
            uids = (STUDY, f"{STUDY}.55", f"{STUDY}.55.{number}")
            await add(f"{study}/{series}/{name}", dicom_bytes(*uids))
        reference = PathReference(study_id=study, series_id=series, scope="series")
        await _check_image_ids(filled, study, series, await filled.resolve(reference))

    async def test_a_broken_instance_is_found_by_path(self, filled: Pacs, add: Add) -> None:
        await add("broken/one/image.dcm", BROKEN)
        reference = PathReference(study_id="broken", series_id="one", image_id="image.dcm")
        assert await _fetch_one(filled, reference) == BROKEN
        whole = PathReference(study_id="broken", series_id="one", scope="series")
        assert await _fetch_one(filled, whole) == BROKEN

    async def test_a_path_in_a_pacs_that_is_down_is_worth_another_try(
        self, filled: Pacs, stop: Callable[[], Awaitable[None]]
    ) -> None:
        await stop()
        with pytest.raises(PacsError) as caught:
            await filled.resolve(PathReference(study_id=STUDY, series_id=SERIES, image_id="a.dcm"))
        assert caught.value.retryable


class ArchiveConformance:
    """Subclass it and give three fixtures.

    ``archive``
        An open, empty PACS that takes objects.
    ``stop``
        As in :class:`PacsConformance`.
    ``tmp_path``
        A folder for files, as pytest's own.
    """

    async def test_what_was_sent_is_found_and_fetched_whole(
        self, archive: ArchivePacs, tmp_path: Path
    ) -> None:
        files = _files(tmp_path)
        sent = await archive.send(list(files))
        assert [(each.instance_uid, each.status) for each in sent] == [
            (uids[2], "stored") for uids in files.values()
        ]
        for path, uids in files.items():
            assert await _fetch_one(archive, _by_uids(*uids)) == path.read_bytes()

    async def test_what_is_sent_twice_is_there_once(
        self, archive: ArchivePacs, tmp_path: Path
    ) -> None:
        files = _files(tmp_path)
        await archive.send(list(files))
        again = await archive.send(list(files))
        assert {each.status for each in again} <= {"stored", "exists"}
        assert len(await archive.instances(STUDY, SERIES)) == len(files)

    async def test_a_file_that_is_no_instance_is_refused_by_itself(
        self, archive: ArchivePacs, tmp_path: Path
    ) -> None:
        (good,) = list(_files(tmp_path))[:1]
        (tmp_path / "text").write_bytes(b"no DICOM" * 100)
        (tmp_path / "empty").write_bytes(b"")
        (tmp_path / "cut.dcm").write_bytes(good.read_bytes()[:200])
        bad = [tmp_path / "text", tmp_path / "empty", tmp_path / "cut.dcm"]
        sent = await archive.send([bad[0], good, *bad[1:]])
        assert [each.status for each in sent] == ["refused", "stored", "refused", "refused"]
        assert all(each.reason for each in sent if each.status == "refused")
        assert await archive.instances(STUDY, SERIES) != []

    async def test_nothing_sent_is_nothing_answered(self, archive: ArchivePacs) -> None:
        assert await archive.send([]) == []

    async def test_an_archive_that_is_down_is_worth_another_try(
        self, archive: ArchivePacs, tmp_path: Path, stop: Callable[[], Awaitable[None]]
    ) -> None:
        await stop()
        with pytest.raises(PacsError) as caught:
            await archive.send(list(_files(tmp_path)))
        assert caught.value.retryable


def _files(folder: Path) -> dict[Path, tuple[str, str, str]]:
    """Write three instances of one series."""
    files = {}
    for number in (1, 2, 3):
        uids = (STUDY, SERIES, f"{SERIES}.{number}")
        path = folder / f"sent-{number}.dcm"
        path.write_bytes(dicom_bytes(*uids))
        files[path] = uids
    return files


def _element(group: int, number: int, vr: str, value: bytes) -> bytes:
    padded = value + (b" " if vr == "CS" else b"\0") * (len(value) % 2)
    tag = struct.pack("<HH", group, number) + vr.encode()
    if vr == "OB":
        return tag + struct.pack("<HI", 0, len(padded)) + padded
    return tag + struct.pack("<H", len(padded)) + padded


def _uid(text: str) -> bytes:
    return text.encode()


def _by_uids(study_uid: str, series_uid: str, instance_uid: str) -> UidReference:
    return UidReference(study_uid=study_uid, series_uid=series_uid, instance_uid=instance_uid)


def _series(dialect: str, pinned: tuple[str, ...] | None) -> PathReference | UidReference:
    if dialect == "uid":
        return UidReference(study_uid=STUDY, series_uid=SERIES, instance_uids=pinned)
    return PathReference(study_id=STUDY, series_id=SERIES, scope="series", instance_uids=pinned)


def _summary(study_uid: str, series_uid: str, instances: int) -> SeriesSummary:
    return SeriesSummary(
        study_uid=study_uid, series_uid=series_uid, modality="CT", instances=instances
    )


def _uids(instances: list[Instance]) -> list[str | None]:
    return [instance.instance_uid for instance in instances]


async def _check_image_ids(
    pacs: Pacs, study_id: str, series_id: str, instances: list[Instance]
) -> None:
    assert instances
    for instance in instances:
        reference = PathReference(
            study_id=study_id, series_id=series_id, image_id=instance.image_id
        )
        async with pacs.fetch(instance) as path:
            expected = path.read_bytes()
        assert await _fetch_one(pacs, reference) == expected


async def _fetch_one(pacs: Pacs, reference: PathReference | UidReference) -> bytes:
    (instance,) = await pacs.resolve(reference)
    async with pacs.fetch(instance) as path:
        return path.read_bytes()
