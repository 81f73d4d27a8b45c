"""STOW-RS: send instances, and believe only what is answered of each (PS3.18 section 10.5).

A server may take some and refuse others, may say 200 and mean a part, and may say "stored" of what
it then does not find. So the answer is read per instance, and each that is said to be stored is
looked for.
"""

from __future__ import annotations

import secrets
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import anyio
import anyio.to_thread
import msgspec

from ..dicom import read_header
from ..errors import (
    DicomError,
    InstanceNotFoundError,
    PacsError,
    PacsRefusedError,
    StorageError,
)
from .base import Sent
from .dicomjson import (
    FAILED_SOP_SEQUENCE,
    FAILURE_REASON,
    REFERENCED_SOP_INSTANCE_UID,
    REFERENCED_SOP_SEQUENCE,
    DataSet,
    decode_data_set,
    first,
    items,
    number,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    import httpx

    from .http import PacsHttp

MAX_FILES = 50
MAX_BYTES = 256 * 1024**2
"""Of one request; a longer file goes alone."""
STEP_BYTES = 1024**2
FIND_PAUSES = (0.0, 0.2, 0.5, 1.0, 2.0, 4.0)
"""Before each look for what was stored: some servers find it a moment later."""

# PS3.18 table 10.5.3-1 and PS3.4 section B.2.3.
_REASONS = {
    0x0110: "processing failed",
    0x0111: "duplicate of an instance that is there",
    0x0122: "its SOP class is not supported",
    0x0124: "not authorized",
    0xA700: "out of resources",
    0xA900: "it does not match its SOP class",
    0xC000: "it cannot be understood",
    0xC122: "its transfer syntax is not supported",
}
_DUPLICATE = 0x0111
_TEMPORARY = frozenset({0x0110, *range(0xA700, 0xA800)})
_ANSWERS = frozenset({200, 202, 400, 409})
_NOTHING_TAKEN = 400
WITHOUT_REASON = "the PACS refuses the request, and gives no reason"

Find: TypeAlias = "Callable[[str, str, str], Awaitable[bool]]"


class _File(msgspec.Struct, frozen=True, kw_only=True):
    path: Path
    size: int
    study_uid: str
    series_uid: str
    instance_uid: str


class Stow:
    """Sends to one DICOMweb service.

    Parameters
    ----------
    url : str
        Where instances of any study are sent.
    http : PacsHttp
        Speaks to it.
    find : callable
        Tells whether the service finds an instance, by study, series and instance UID.
    sleep : callable
        Waits some seconds.
    """

    def __init__(
        self,
        url: str,
        *,
        http: PacsHttp,
        find: Find,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._url = url
        self._http = http
        self._find = find
        self._sleep = sleep

    async def send(self, paths: Sequence[Path]) -> list[Sent]:
        """Send files in as few requests as the bounds allow; answer in their order."""
        described = [await anyio.to_thread.run_sync(_describe, path) for path in paths]
        files = {item.instance_uid: item for item in described if isinstance(item, _File)}
        outcomes: dict[str, Sent] = {}
        for batch in _batches(list(files.values())):
            outcomes |= await self._send_batch(batch)
        return [
            item if isinstance(item, Sent) else outcomes[item.instance_uid] for item in described
        ]

    async def _send_batch(self, batch: Sequence[_File]) -> dict[str, Sent]:
        outcomes = await self._exchange(batch)
        for file in batch:
            outcome = outcomes[file.instance_uid]
            if outcome.reason == WITHOUT_REASON and len(batch) > 1:
                # A whole request may be refused for one instance in it, or for its length.
                outcomes |= await self._send_batch([file])
            elif outcome.status in ("stored", "exists") and not await self._is_found(file):
                outcomes[file.instance_uid] = Sent(
                    instance_uid=file.instance_uid,
                    status="failed",
                    reason="the PACS said that it is stored, and does not find it",
                )
        return outcomes

    async def _exchange(self, batch: Sequence[_File]) -> dict[str, Sent]:
        uids = [file.instance_uid for file in batch]
        try:
            status, answer = await self._http.call(
                partial(self._post, batch), seconds=self._http.limits.transfer_seconds
            )
        except PacsRefusedError:
            status, answer = _NOTHING_TAKEN, {}
        return read_answer(uids, status=status, answer=answer)

    async def _is_found(self, file: _File) -> bool:
        for pause in FIND_PAUSES:
            await self._sleep(pause)
            if await self._find(file.study_uid, file.series_uid, file.instance_uid):
                return True
        return False

    async def _post(self, batch: Sequence[_File]) -> tuple[int, DataSet]:
        boundary = secrets.token_hex(16)
        headers = {
            "Accept": "application/dicom+json",
            "Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary}',
            "Content-Length": str(_length(batch, boundary)),
        }
        try:
            async with self._http.ask(
                "POST",
                self._url,
                headers=headers,
                content=_content(batch, boundary),
                understood=_ANSWERS,
            ) as response:
                return response.status_code, _decode(response, await self._http.read(response))
        except InstanceNotFoundError:
            raise PacsError(
                "no DICOMweb store is at the configured address; correct its path"
            ) from None


def read_answer(uids: Sequence[str], *, status: int, answer: DataSet) -> dict[str, Sent]:
    """Tell of each instance what a STOW-RS answer says of it.

    What the answer does not mention is not stored: it was refused with the whole request (HTTP
    400), or lost.
    """
    failed = {
        str(first(item, REFERENCED_SOP_INSTANCE_UID)): number(item, FAILURE_REASON) or 0
        for item in items(answer, FAILED_SOP_SEQUENCE)
    }
    stored = {
        str(first(item, REFERENCED_SOP_INSTANCE_UID))
        for item in items(answer, REFERENCED_SOP_SEQUENCE)
    }
    return {each: _outcome(each, status=status, failed=failed, stored=stored) for each in uids}


def _outcome(uid: str, *, status: int, failed: dict[str, int], stored: set[str]) -> Sent:
    if uid in failed:
        code = failed[uid]
        if code == _DUPLICATE:
            return Sent(instance_uid=uid, status="exists")
        reason = f"{code:04X}H: {_REASONS.get(code, 'the reason is its own')}"
        is_temporary = code in _TEMPORARY
        return Sent(instance_uid=uid, status="failed" if is_temporary else "refused", reason=reason)
    if uid in stored:
        return Sent(instance_uid=uid, status="stored")
    if status == _NOTHING_TAKEN:
        return Sent(instance_uid=uid, status="refused", reason=WITHOUT_REASON)
    return Sent(instance_uid=uid, status="failed", reason="the answer does not mention it")


def _decode(response: httpx.Response, body: bytes) -> DataSet:
    """Read the answer; what refuses everything may come without a data set."""
    if response.status_code != _NOTHING_TAKEN:
        return decode_data_set(body)
    try:
        return decode_data_set(body)
    except PacsError:
        return {}


def _describe(path: Path) -> _File | Sent:
    """Read which instance a file is; one that is none is refused here, before it is sent."""
    try:
        header = read_header(path)
    except DicomError as error:
        return Sent(instance_uid=None, status="refused", reason=str(error))
    if not (header.study_uid and header.series_uid and header.instance_uid):
        return Sent(
            instance_uid=header.instance_uid,
            status="refused",
            reason="expected study, series and instance UIDs in the file",
        )
    try:
        size = path.stat().st_size
    except OSError as error:
        raise _unreadable(error) from error
    return _File(
        path=path,
        size=size,
        study_uid=header.study_uid,
        series_uid=header.series_uid,
        instance_uid=header.instance_uid,
    )


def _batches(files: Sequence[_File]) -> list[list[_File]]:
    batches: list[list[_File]] = []
    size = 0
    for file in files:
        if not batches or len(batches[-1]) == MAX_FILES or size + file.size > MAX_BYTES:
            batches.append([])
            size = 0
        batches[-1].append(file)
        size += file.size
    return batches


def _opening(boundary: str) -> bytes:
    return f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()


def _closing(boundary: str) -> bytes:
    return f"--{boundary}--\r\n".encode()


def _length(batch: Sequence[_File], boundary: str) -> int:
    framing = len(_opening(boundary)) + len(b"\r\n")
    return sum(file.size + framing for file in batch) + len(_closing(boundary))


async def _content(batch: Sequence[_File], boundary: str) -> AsyncIterator[bytes]:
    """Yield the request's body; files are read as it goes, never whole."""
    for file in batch:
        yield _opening(boundary)
        left = file.size
        while left:
            read = partial(_read, file, file.size - left)
            data = await anyio.to_thread.run_sync(read)
            left -= len(data)
            yield data
        yield b"\r\n"
    yield _closing(boundary)


def _read(file: _File, offset: int) -> bytes:
    try:
        with file.path.open("rb") as source:
            source.seek(offset)
            data = source.read(min(STEP_BYTES, file.size - offset))
    except OSError as error:
        raise _unreadable(error) from error
    if not data:
        raise StorageError("a file became shorter while it was sent; send it again")
    return data


def _unreadable(error: OSError) -> StorageError:
    return StorageError(f"a file that is to be sent cannot be read: {error.strerror}")
