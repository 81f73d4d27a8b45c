from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

import anyio
import pytest

from mip.clock import SystemClock
from mip.contracts import Job, JobRequest, Output, UidReference, make_job
from mip.errors import (
    ObjectNotFoundError,
    PacsAuthError,
    PacsError,
    PacsRefusedError,
    SettingsError,
    StorageError,
)
from mip.pacs import Sent
from mip.pacs.named import NamedPacs
from mip.testing import FakeClock
from mip.worker.holds import Capacity
from mip.worker.options import WorkerOptions
from mip.worker.sending import Sender

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mip.clock import Clock

OUTPUTS = tuple(
    Output(
        role="image",
        sop_instance_uid=f"2.25.{number}",
        bucket="b",
        key=f"noop/2.25.{number}.dcm",
        sha256="0" * 64,
    )
    for number in (1, 2)
)
STORED = ["stored", "exists"]


class FakeArchive:
    """Takes files, or does as it is told: a list of statuses, or an error."""

    def __init__(self, *answers: list[str] | Exception) -> None:
        self.answers = list(answers)
        self.got: list[list[bytes]] = []

    async def send(self, paths: Sequence[Path]) -> list[Sent]:
        self.got.append([await anyio.Path(path).read_bytes() for path in paths])
        answer = self.answers.pop(0) if self.answers else STORED
        if isinstance(answer, Exception):
            raise answer
        return [
            Sent(instance_uid="1.2", status=cast("Any", status), reason="A900H: why")
            for status in answer
        ]


class FakeObjects:
    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    async def fetch(self, key: str, destination: Path) -> None:
        path = anyio.Path(destination)
        assert not await path.exists()
        await path.write_bytes(key.encode())
        if self.errors:
            raise self.errors.pop(0)


def job(server: str | None = None) -> Job:
    reference = UidReference(study_uid="1.2", series_uid="1.3", server=server)
    request = JobRequest(job_id="j", client_id="c", pacs=reference)
    return make_job(request, algo_id="noop", version="1.0.0", now=SystemClock().now())


def sender(
    archive: object,
    folder: Path,
    *,
    send_results: str = "source",
    objects: FakeObjects | None = None,
    clock: Clock | None = None,
) -> Sender:
    options = WorkerOptions(
        backoff_seconds=0.001, max_backoff_seconds=0.002, send_results=send_results
    )
    return Sender(
        cast("Any", archive),
        cast("Any", objects or FakeObjects()),
        capacity=Capacity(options),
        folder=folder,
        options=options,
        clock=clock or SystemClock(),
        jitter=lambda: 0.0,
    )


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_objects_are_sent_as_they_are_stored(tmp_path: Path) -> None:
    archive = FakeArchive()
    timings = await sender(archive, tmp_path).send(job(), OUTPUTS)
    assert archive.got == [[b"noop/2.25.1.dcm", b"noop/2.25.2.dcm"]]
    assert timings["send"] > 0
    assert left_in(tmp_path) == []


async def test_nobody_is_sent_anything_unless_it_is_said(tmp_path: Path) -> None:
    archive = FakeArchive()
    assert await sender(archive, tmp_path, send_results="").send(job(), OUTPUTS) == {}
    assert await sender(archive, tmp_path).send(job(), ()) == {}
    assert archive.got == []


@pytest.mark.parametrize(
    "answer", [PacsError("down"), PacsAuthError("no"), StorageError("full"), ["stored", "failed"]]
)
async def test_an_outage_is_waited_out_and_all_is_sent_again(
    tmp_path: Path, answer: list[str] | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="mip")
    archive = FakeArchive(answer, answer)
    await sender(archive, tmp_path).send(job(), OUTPUTS)
    assert len(archive.got) == 3
    assert [record.message for record in caplog.records] == ["send.waiting"] * 2
    assert left_in(tmp_path) == []


async def test_a_store_that_gives_part_of_a_file_is_asked_again(tmp_path: Path) -> None:
    archive = FakeArchive()
    objects = FakeObjects(StorageError("it broke off"))
    await sender(archive, tmp_path, objects=objects).send(job(), OUTPUTS)
    assert archive.got == [[b"noop/2.25.1.dcm", b"noop/2.25.2.dcm"]]


async def test_an_outage_without_end_is_given_up(tmp_path: Path) -> None:
    clock = FakeClock()

    class Ageing(FakeArchive):
        async def send(self, paths: Sequence[Path]) -> list[Sent]:
            clock.advance(300.0)
            return await super().send(paths)

    archive = Ageing(*[PacsError("down")] * 10)
    with pytest.raises(PacsError, match="down"):
        await sender(archive, tmp_path, clock=clock).send(job(), OUTPUTS)
    assert len(archive.got) == 3


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (["stored", "refused"], PacsRefusedError),
        (["failed", "refused"], PacsRefusedError),
        (PacsRefusedError("no"), PacsRefusedError),
    ],
)
async def test_a_refusal_is_final_and_told_with_its_reason(
    tmp_path: Path, answer: list[str] | Exception, kind: type[Exception]
) -> None:
    archive = FakeArchive(answer)
    with pytest.raises(kind) as caught:
        await sender(archive, tmp_path).send(job(), OUTPUTS)
    assert len(archive.got) == 1
    assert isinstance(answer, Exception) or "1 of 2 objects: A900H" in str(caught.value)
    assert left_in(tmp_path) == []


async def test_an_object_that_is_gone_is_final(tmp_path: Path) -> None:
    objects = FakeObjects(ObjectNotFoundError("gone"))
    with pytest.raises(ObjectNotFoundError):
        await sender(FakeArchive(), tmp_path, objects=objects).send(job(), OUTPUTS)


async def test_the_source_is_the_pacs_that_the_reference_names(tmp_path: Path) -> None:
    one, two = FakeArchive(), FakeArchive()
    pacs = NamedPacs(cast("Any", {"one": one, "two": two}), default="one")
    await sender(pacs, tmp_path).send(job("two"), OUTPUTS)
    await sender(pacs, tmp_path).send(job(), OUTPUTS)
    await sender(pacs, tmp_path, send_results="two").send(job("one"), OUTPUTS)
    assert (len(one.got), len(two.got)) == (1, 2)


@pytest.mark.parametrize("name", ["source", "one", "two"])
def test_a_pacs_that_cannot_be_sent_to_is_told_at_the_start(tmp_path: Path, name: str) -> None:
    pacs = object() if name != "two" else NamedPacs(cast("Any", {"one": object()}), default="one")
    with pytest.raises(SettingsError):
        sender(pacs, tmp_path, send_results=name)


async def test_a_wait_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    archive = FakeArchive(*[PacsError("down")] * 100_000)
    with anyio.move_on_after(0.05) as scope:
        await sender(archive, tmp_path).send(job(), OUTPUTS)
    assert scope.cancelled_caught
    assert left_in(tmp_path) == []
