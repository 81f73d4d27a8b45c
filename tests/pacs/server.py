"""A PACS of our own on loopback: QIDO, WADO, STOW and the PACS API over files in memory.

It speaks HTTP by hand, so that it can break it: each fault answers one request in its own way.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
import json
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import pydicom
from pydicom.errors import InvalidDicomError

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

BOUNDARY = "a-boundary"
MULTIPART = f'multipart/related; type="application/dicom"; boundary={BOUNDARY}'


class Request(NamedTuple):
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def head(self, **changes: str | None) -> bytes:
        """Return the status line and headers; a header that is None is left out."""
        headers: dict[str, str | None] = {"Content-Length": str(len(self.body)), **self.headers}
        headers |= {name.replace("_", "-"): value for name, value in changes.items()}
        lines = [f"HTTP/1.1 {self.status} Whatever"]
        lines += [f"{name}: {value}" for name, value in headers.items() if value is not None]
        return "\r\n".join([*lines, "", ""]).encode()


Fault = Callable[[Answer, asyncio.StreamWriter], Awaitable[None]]
"""Writes an answer in place of the right one; the connection is closed afterwards."""


class Stored(NamedTuple):
    key: str
    body: bytes
    uids: tuple[str, str, str] | None
    modality: str


class Server:
    """An HTTP server; ``handle`` answers right, ``faults`` answer the next requests wrong."""

    def __init__(self, handle: Callable[[Server, Request], Answer]) -> None:
        self._handle = handle
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count()
        self.files: dict[str, Stored] = {}
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self.authorization = ""
        self.page = 1000
        self.reasons: dict[str, int] = {}
        self.is_forgetful = False
        self.refuses_all = False
        self.port = 0

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more, and break every connection off."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def add(self, key: str, body: bytes) -> None:
        try:
            data = pydicom.dcmread(io.BytesIO(body), stop_before_pixels=True)
            study, series = str(data.StudyInstanceUID), str(data.SeriesInstanceUID)
            uids = (study, series, str(data.SOPInstanceUID))
            stored = Stored(key, body, uids, str(data.Modality))
        except (InvalidDicomError, AttributeError, UserWarning):
            stored = Stored(key, body, None, "")
        self.files[key] = stored

    def find(self, study: str, series: str | None = None) -> list[Stored]:
        """Return files by UIDs, or by the ids in their keys; no uids when broken."""
        prefix = study if series is None else f"{study}/{series}"
        return [
            file
            for file in self.files.values()
            if file.key.startswith(f"{prefix}/")
            or (file.uids and file.uids[0] == study and series in (None, file.uids[1]))
        ]

    def store(self, body: bytes) -> None:
        """Keep what was sent, by its UIDs: the later one in place of the earlier."""
        before = set(self.files)
        self.add(f"sent/{next(self._numbers)}", body)
        (key,) = set(self.files) - before
        file = self.files.pop(key)
        assert file.uids is not None
        self.files["/".join(file.uids)] = file._replace(key="/".join(file.uids))

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while await self._exchange(reader, writer):
                    pass
        except asyncio.CancelledError:
            pass  # the server was stopped; raised again, asyncio would log it
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:-2])}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        parts = urlsplit(target)
        request = Request(method, parts.path, dict(parse_qsl(parts.query)), headers, body)
        self.requests.append(request)
        answer = self._answer(request)
        if self.faults:
            await self.faults.pop(0)(answer, writer)
            with contextlib.suppress(ConnectionError):
                await writer.drain()
                writer.close()
                await writer.wait_closed()
            return False
        writer.write(answer.head() + answer.body)
        await writer.drain()
        return True

    def _answer(self, request: Request) -> Answer:
        if self.authorization and request.headers.get("authorization") != self.authorization:
            return Answer(401)
        return self._handle(self, request)


@asynccontextmanager
async def serving(handle: Callable[[Server, Request], Answer]) -> AsyncIterator[Server]:
    server = Server(handle)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def dicomweb(server: Server, request: Request) -> Answer:
    """Answer as a DICOMweb service below ``/dicom-web``."""
    segments = request.path.removeprefix("/dicom-web/").split("/")
    if not request.path.startswith("/dicom-web/"):
        return Answer(404)
    if request.method == "POST" and segments == ["studies"]:
        return _stow(server, request)
    if segments[0] == "studies" and len(segments) == 6:
        return _wado(server, segments[1], segments[3], segments[5])
    found = [file for file in server.files.values() if file.uids]
    for index, uid in enumerate(segments[1::2]):
        found = [file for file in found if file.uids and file.uids[index] == uid]
    return _qido(server, request, found, segments[-1])


def _qido(server: Server, request: Request, found: list[Stored], level: str) -> Answer:
    wanted = request.query.get("SOPInstanceUID")
    depth = {"studies": 1, "series": 2, "instances": 3}[level]
    groups: dict[tuple[str, ...], list[Stored]] = {}
    for file in found:
        if file.uids and wanted in (None, file.uids[2]):
            groups.setdefault(file.uids[:depth], []).append(file)
    offset = int(request.query.get("offset", "0"))
    limit = min(server.page, int(request.query.get("limit", "1000")))
    listed = list(groups.items())[offset : offset + limit]
    if not listed:
        return Answer(204)
    body = json.dumps([_data_set(uids, members) for uids, members in listed])
    return Answer(200, body.encode(), {"Content-Type": "application/dicom+json"})


def _data_set(uids: tuple[str, ...], members: list[Stored]) -> dict[str, object]:
    tags = ("0020000D", "0020000E", "00080018")
    data: dict[str, object] = {
        tag: {"vr": "UI", "Value": [uid]} for tag, uid in zip(tags, uids, strict=False)
    }
    data["00080060"] = {"vr": "CS", "Value": [members[0].modality]}
    data["00201209"] = {"vr": "IS", "Value": [len(members)]}
    return data


def _wado(server: Server, *uids: str) -> Answer:
    for file in server.files.values():
        if file.uids == uids:
            return Answer(200, multipart(file.body), {"Content-Type": MULTIPART})
    return Answer(404)


def multipart(*bodies: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    return b"".join(head + body + b"\r\n" for body in bodies) + f"--{BOUNDARY}--\r\n".encode()


def _stow(server: Server, request: Request) -> Answer:
    boundary = request.headers["content-type"].partition("boundary=")[2].encode()
    taken, failed = [], []
    for part in request.body.split(b"--" + boundary)[1:-1]:
        body = part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
        data = pydicom.dcmread(io.BytesIO(body), stop_before_pixels=True)
        uid = str(data.SOPInstanceUID)
        reason = server.reasons.get(uid, 0xA900 if server.refuses_all else None)
        if reason is not None:
            failed.append(_referenced(uid, reason))
            continue
        if not server.is_forgetful:
            server.store(body)
        taken.append(_referenced(uid))
    answer = {
        "00081198": {"vr": "SQ", "Value": failed},
        "00081199": {"vr": "SQ", "Value": taken},
    }
    status = 200 if not failed else 202 if taken else 409
    return Answer(status, json.dumps(answer).encode(), {"Content-Type": "application/dicom+json"})


def _referenced(uid: str, reason: int | None = None) -> dict[str, object]:
    item: dict[str, object] = {"00081155": {"vr": "UI", "Value": [uid]}}
    if reason is not None:
        item["00081197"] = {"vr": "US", "Value": [reason]}
    return item


def pacs_api(server: Server, request: Request) -> Answer:
    """Answer as a PACS API below ``/api``, its files below ``/files``."""
    segments = [unquote(segment) for segment in request.path.split("/")[1:]]
    if segments[0] == "files":
        file = server.files.get(segments[1])
        return Answer(404) if file is None else Answer(200, file.body)
    match segments[1:]:
        case ["studies"]:
            studies = sorted({file.uids[0] for file in server.files.values() if file.uids})
            return _json({"studies": [{"study_id": study} for study in studies]})
        case ["studies", study, "images"]:
            found = server.find(study, request.query.get("series_id"))
            return _json({"images": [_image(file) for file in found]})
        case ["studies", study, "images", series, image]:
            for file in server.find(study, series):
                if file.key.endswith(f"/{image}") or (file.uids and file.uids[2] == image):
                    return _json({"url": _link(file), "expires": "2030-01-01T00:00:00Z"})
    return Answer(404)


def plain_pacs_api(server: Server, request: Request) -> Answer:
    """Answer as one that knows keys alone, and lists without a name."""
    answer = pacs_api(server, request)
    if request.path.endswith("/images"):
        images = json.loads(answer.body)["images"]
        return _json([{"url": image["url"], "key": image["key"]} for image in images])
    return answer


def _json(value: object) -> Answer:
    return Answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"})


def _link(file: Stored) -> str:
    return f"/files/{file.key.replace('/', '%2F')}"


def _image(file: Stored) -> dict[str, str]:
    image = {"url": _link(file), "key": file.key, "modality": file.modality}
    if file.uids:
        names = ("study_uid", "series_uid", "instance_uid")
        image |= dict(zip(names, file.uids, strict=True))
    return image


def status(code: int, **headers: str) -> Fault:
    async def fault(answer: Answer, writer: asyncio.StreamWriter) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        writer.write(Answer(code, b"secret patient text", named).head() + b"secret patient text")

    return fault


def body(data: bytes, *, content_type: str = MULTIPART) -> Fault:
    """Answer with other content, well-formed as HTTP."""

    async def fault(answer: Answer, writer: asyncio.StreamWriter) -> None:
        writer.write(Answer(200, data, {"Content-Type": content_type}).head() + data)

    return fault


async def hang_up(answer: Answer, writer: asyncio.StreamWriter) -> None:
    """Close the connection without a word."""


async def break_off(answer: Answer, writer: asyncio.StreamWriter) -> None:
    """Announce the whole answer, send half of it."""
    writer.write(answer.head() + answer.body[: len(answer.body) // 2])


async def cut_short(answer: Answer, writer: asyncio.StreamWriter) -> None:
    """Send half of the answer as if it were the whole."""
    half = answer.body[: len(answer.body) // 2]
    writer.write(Answer(answer.status, half, answer.headers).head() + half)


async def say_nothing(answer: Answer, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def stall(answer: Answer, writer: asyncio.StreamWriter) -> None:
    """Send half of the answer, then nothing, and hold the connection."""
    writer.write(answer.head() + answer.body[: len(answer.body) // 2])
    await asyncio.Event().wait()


async def drip(answer: Answer, writer: asyncio.StreamWriter) -> None:
    """Send a byte now and then: there always is progress, and never an end."""
    writer.write(answer.head(Content_Length="1000000"))
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


async def without_length(answer: Answer, writer: asyncio.StreamWriter) -> None:
    """End the answer by closing the connection, as HTTP/1.0 does."""
    writer.write(answer.head(Content_Length=None) + answer.body)


def endless(start: bytes, *, content_type: str = MULTIPART) -> Fault:
    """Send ``start``, then bytes without end."""

    async def fault(answer: Answer, writer: asyncio.StreamWriter) -> None:
        head = Answer(200, b"", {"Content-Type": content_type})
        writer.write(head.head(Content_Length=None, Transfer_Encoding="chunked"))
        writer.write(b"%x\r\n%b\r\n" % (len(start), start))
        chunk = b"x" * 65536
        while True:
            writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            await writer.drain()

    return fault
