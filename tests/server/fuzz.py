"""Send a server requests that no client would, and see that it answers and stays as it was.

python -m tests.server.fuzz [--requests 20000] [--seed 1]

Requests are bytes on a socket, good ones mutated and bad ones made: methods, paths with escapes,
headers, bodies, lengths that lie, and connections that end or pause in the middle. A run fails if
an answer is 500, if the log has an unhandled exception, if the process grows, or if the server
does not answer at the end.
"""

from __future__ import annotations

import argparse
import collections
import copy
import ctypes
import gc
import gzip
import json
import random
import re
import socket
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mip.server.routes import ENDPOINTS

from .house import ADMIN_KEY, IMAGE
from .served import served

if TYPE_CHECKING:
    from collections.abc import Callable

    from .served import Served

SENDERS: Final = 8
BATCH: Final = 100
PATIENCE_SECONDS: Final = 0.2
"""After which a server that says nothing is told that nothing more will come."""
ANSWER_SECONDS: Final = 20.0
WARM: Final = 0.25
"""Part of the requests after which growth is counted: caches and pools are full then."""
MOST_BLOCKS: Final = 7_500
"""Of Python's memory, more than there were: half a block for each of 15,000 requests."""
MOST_KIB: Final = 4 * 1024
"""In use beside these: bodies, SQLite's caches, OpenSSL. 15,000 requests added some 500 KiB."""

STATUS_LINE = re.compile(rb"HTTP/1\.1 ([0-9]{3}) ")
LENGTH = re.compile(rb"content-length: ([0-9]+)")
METHODS = ("GET", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "PUT", "TRACE", "BREW", "get", "")
ODD_SEGMENTS = (
    *("..", ".", "", "%2e%2e", "%2E%2E%2F%2e%2e%2Fetc%2Fpasswd", "..%5c..%5c", "%00", "a%00.dcm"),
    *("%c0%ae%c0%ae", "%ff%fe", "%ed%a0%80", "%", "%2", "%zz", "%25%32%66", "%u2215", "a;b=c"),
    *("%0d%0aset-cookie:%20a=b", "%7f", "~", "*", "{}", "${7*7}", "'%20or%201=1--", "%F0%9F%A9%BB"),
    *("noop", "noop@1.0.0", "noop@", "@", "a_b", "NOOP", "job~1", "client-1", "openapi.json"),
)
ODD_VALUES: tuple[object, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**53, 2**63, 2**64, -(2**63) - 1, 10**40, 1e308, 0.1),
    *(
        "",
        " ",
        "a",
        "../..",
        "/etc/passwd",
        "\0",
        "a\r\nb: c",
        "\u202e",
        "\ufeff",
        "é",
        "\U0001f9bb",
    ),
    *("x" * 129, "x" * 5000, [], {}, [[]], {"a": {}}, ["a"] * 200, {"": None}, "1.2.3", "image"),
)
HEADERS = (
    *("x-request-id", "authorization", "x-admin-key", "x-api-key", "origin", "host", "range"),
    *("content-type", "expect", "upgrade", "connection", "if-none-match", "x-forwarded-for"),
    *("x y", "", ":", "x-" + "a" * 300),
)
NAMES = (
    *("client_id", "callback", "callback_url", "ordering_key", "parameters", "env", "x", "command"),
    *("memory", "version", "scope", "runtime", "image_uri"),
)
BODIES: tuple[dict[str, object], ...] = (
    {"job_id": "job-1", "pacs": IMAGE},
    {"pacs": {"study_uid": "1.2", "series_uid": "1.2.3"}, "client_id": "c"},
    {"algo_id": "alg-1", "image_uri": "noop", "cpu": 256, "parameters": {"a": {"type": "number"}}},
    {"desired_count": 0, "description": "d", "status": "active"},
    {"algorithm": "noop", "ids": ["a"]},
)
ODD_BODIES: tuple[bytes, ...] = (
    *(
        b"",
        b"{",
        b"{}",
        b"[]",
        b"null",
        b"1",
        b'"',
        b"{" * 500,
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\0}\0",
    ),
    *(
        b'{"pacs":NaN}',
        b'{"pacs":Infinity}',
        b'{"a":1e999}',
        b'{"a":-}',
        b'{"a":1,"a":2}',
        b"{'a':1}",
    ),
    *(
        b'{"job_id":"\\ud800"}',
        b'{"job_id":"\\udc00\\ud800"}',
        b'{"\\u0000":"\\u0000"}',
        b"\0" * 64,
    ),
    *(b'{"a":"\xc0\xaf"}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\xf8\x88"}', b"a=1&b=2", b"<x/>"),
    b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"a":' * 100_000,
    b'{"parameters":' + b'{"a":' * 500 + b"1" + b"}" * 501,
    b'{"parameters":{"a":' + b"9" * 100_000 + b"}}",
    b'{"parameters":{"a":1e' + b"9" * 5_000 + b"}}",
    b"{" + b",".join(b'"k%d":1' % number for number in range(20_000)) + b"}",
    b'{"a":"' + b"x" * 1_100_000 + b'"}',
)


@dataclass
class Report:
    """What came of the requests."""

    statuses: collections.Counter[str] = field(default_factory=collections.Counter)
    problems: list[str] = field(default_factory=list)
    growth: Memory = field(default_factory=lambda: Memory(0, 0, 0))


@dataclass(frozen=True)
class Memory:
    """What this process uses, the server's thread in it.

    What is resident is told and not judged: each thread's arena of the C library keeps pages that
    are partly free. With one arena (``MALLOC_ARENA_MAX=1 PYTHONMALLOC=malloc``) it does not grow.
    """

    blocks: int
    used_kib: int
    resident_kib: int

    @classmethod
    def now(cls) -> Memory:
        """Measure, without what is free."""
        gc.collect()
        status = Path("/proc/self/status").read_text(encoding="ascii")
        resident = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert resident is not None
        return cls(sys.getallocatedblocks(), _malloced_kib(), int(resident[1]))

    def since(self, before: Memory) -> Memory:
        """Return how much more this is."""
        return Memory(
            self.blocks - before.blocks,
            self.used_kib - before.used_kib,
            self.resident_kib - before.resident_kib,
        )


class _MallocInfo(ctypes.Structure):
    """``struct mallinfo2`` of glibc 2.33 and later."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks"),
            *("uordblks", "fordblks", "keepcost"),
        )
    ]


def _malloced_kib() -> int:
    """Return what is in use of the C library's memory; 0 where it does not tell."""
    ask = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if ask is None:
        return 0
    ask.restype = _MallocInfo
    info = ask()
    return int(info.uordblks + info.hblkhd) // 1024


def fuzz(here: Served, *, requests: int, seed: int) -> Report:
    """Send so many requests, one connection each."""
    source = Source(random.Random(seed), here)
    report = Report()
    warm: Memory | None = None
    with ThreadPoolExecutor(SENDERS) as senders:
        for number in range(0, requests, BATCH):
            if warm is None and number >= requests * WARM:
                warm = Memory.now()
            here.forget_the_rest()  # a log in memory would be the growth that is found
            batch = [source.request() for _ in range(min(BATCH, requests - number))]
            answers = senders.map(partial(exchange, here.address), batch)
            for request, (status, answer) in zip(batch, answers, strict=True):
                report.statuses[status] += 1
                wrong = _malformed(status, answer)
                if status in {"500", "silent"} or wrong:
                    report.problems.append(f"{status} {wrong}: {request.data[:300]!r}")
    assert warm is not None
    here.forget_the_rest()
    report.growth = Memory.now().since(warm)
    with here.client() as http:
        health = http.get("/health")
        if health.status_code != 200:
            report.problems.append(f"at the end, /health is {health.status_code}")
    report.problems += here.complaints()
    return report


def _malformed(status: str, answer: bytes) -> str:
    """Tell what is wrong with an answer that came."""
    head, _, body = answer.partition(b"\r\n\r\n")
    if b"\nset-cookie" in head.lower():
        return "a header of the request's making"
    is_error = status.isdigit() and int(status) >= 400 and status != "400"
    if is_error and b"application/json" in head and body:
        try:
            length = LENGTH.search(head)
            error = json.loads(body[: int(length[1])] if length else body)["error"]
            assert {"code", "message"} <= set(error)
        except (ValueError, KeyError, AssertionError):
            return "an error that has another form"
    return ""


@dataclass(frozen=True)
class Request:
    """Bytes to send; ``pieces`` at a time, and whether the sender then hangs up unheard."""

    data: bytes
    pieces: int = 1
    hangs_up: bool = False


def exchange(address: tuple[str, int], request: Request) -> tuple[str, bytes]:
    """Send a request; return the status of its answer, and the answer."""
    answer = b""
    with socket.create_connection(address, timeout=ANSWER_SECONDS) as connection:
        try:
            size = -(-len(request.data) // request.pieces) or 1
            for start in range(0, len(request.data), size):
                connection.sendall(request.data[start : start + size])
            if request.hangs_up:
                return "hung up", b""
            answer = _first(connection)
            while not _is_whole(answer, request) and (chunk := connection.recv(65_536)):
                answer += chunk
        except TimeoutError:
            return "silent", answer
        except OSError:  # refused in the middle, as too long
            pass
    found = STATUS_LINE.match(answer)
    return (found[1].decode() if found else "closed"), answer


def _first(connection: socket.socket) -> bytes:
    connection.settimeout(PATIENCE_SECONDS)
    try:
        return connection.recv(65_536)
    except TimeoutError:
        connection.shutdown(socket.SHUT_WR)
        return b""
    finally:
        connection.settimeout(ANSWER_SECONDS)


def _is_whole(answer: bytes, request: Request) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if request.data.startswith(b"HEAD "):
        return bool(end)
    length = LENGTH.search(head)
    return bool(end) and length is not None and len(body) >= int(length[1])


class Source:
    """Makes requests at random.

    Parameters
    ----------
    rng : Random
        The same seed makes the same requests, but for the tokens in them.
    here : Served
        Whose calls, clients and keys are used.
    """

    def __init__(self, rng: random.Random, here: Served) -> None:
        self._rng = rng
        with here.client() as http:
            self._client = http.post("/provision").json()
        self._kinds: tuple[Callable[[], Request], ...] = (
            *(self._plain,) * 6,
            self._cut,
            self._flipped,
            self._chunked,
            self._wrong_length,
            self._noise,
        )

    def request(self) -> Request:
        """Return the next request."""
        return self._rng.choice(self._kinds)()

    def _plain(self) -> Request:
        return Request(self._whole(), pieces=self._rng.choice((1, 1, 1, 2, 7)))

    def _cut(self) -> Request:
        data = self._whole()
        return Request(data[: self._rng.randrange(len(data))], hangs_up=self._rng.random() < 0.5)

    def _flipped(self) -> Request:
        data = bytearray(self._whole()[:20_000])
        for _ in range(self._rng.choice((1, 1, 3, 20))):
            data[self._rng.randrange(len(data))] = self._rng.randrange(256)
        return Request(bytes(data))

    def _chunked(self) -> Request:
        body = self._body()[:50_000]
        size = self._rng.choice((b"%x" % len(body), b"-1", b"ffffffffffffffff", b"0x5", b"", b"zz"))
        end = self._rng.choice((b"0\r\n\r\n", b"", b"0\r\nx: y\r\n\r\n", b"5\r\nabc"))
        chunks = size + b"\r\n" + body + b"\r\n" + end
        lengths = self._rng.choice(("", "content-length: 5\r\n"))
        return Request(self._head(f"transfer-encoding: chunked\r\n{lengths}") + chunks)

    def _wrong_length(self) -> Request:
        body = self._body()[:50_000]
        length = self._rng.choice(
            (str(len(body) + 10), str(max(0, len(body) - 3)), "-1", "1e3", "9" * 5000, "0x10", "")
        )
        twice = self._rng.choice(("", "content-length: 7\r\n"))
        return Request(self._head(f"content-length: {length}\r\n{twice}") + body)

    def _noise(self) -> Request:
        return Request(self._rng.randbytes(self._rng.choice((1, 10, 1000, 100_000))))

    def _whole(self) -> bytes:
        body = self._body()
        encoding = ""
        if self._rng.random() < 0.05:
            body, encoding = gzip.compress(body), "content-encoding: gzip\r\n"
        return self._head(f"content-length: {len(body)}\r\n{encoding}") + body

    def _head(self, more: str) -> bytes:
        method, path = self._call()
        version = self._rng.choice(("1.1",) * 20 + ("1.0", "0.9", "2.0"))
        lines = [f"{method} {path} HTTP/{version}", "host: mip", *self._headers()]
        return ("\r\n".join(lines) + "\r\n" + more + "\r\n").encode("utf-8", "surrogateescape")

    def _call(self) -> tuple[str, str]:
        endpoint = self._rng.choice(ENDPOINTS)
        path = self._rng.choice((endpoint.path, *endpoint.aliases))
        path = re.sub(r"{[^}]*}", lambda _: self._segment(), path)
        if self._rng.random() < 0.05:
            path = "/" + "/".join(self._segment() for _ in range(self._rng.randrange(6)))
        names = [each.name for each in endpoint.parameters if each.place == "query"]
        chosen = [name for name in names if self._rng.random() < 0.4]
        if self._rng.random() < 0.1:
            chosen += chosen or ["limit"]
        query = "&".join(f"{name}={self._query_value()}" for name in chosen)
        method = endpoint.method if self._rng.random() < 0.9 else self._rng.choice(METHODS)
        return method, f"{path}?{query}" if query else path

    def _segment(self) -> str:
        if self._rng.random() < 0.3:
            return self._rng.choice(("noop", "job-1", "job-2"))
        if self._rng.random() < 0.02:
            return self._rng.choice(("x" * 9000, "%41" * 9000, "a/" * 4000))
        return self._rng.choice(ODD_SEGMENTS)

    def _query_value(self) -> str:
        if self._rng.random() < 0.3:
            return str(self._rng.choice((1, 100, "true", "noop", self._client["client_id"])))
        if self._rng.random() < 0.3:
            return self._rng.choice(
                ("0", "-1", "1e3", "9" * 400, "٣", "1&1", "nan", "a" * 64, "+1")
            )
        return self._segment().replace(" ", "+").replace("?", "%3F").replace("#", "%23")

    def _headers(self) -> list[str]:
        headers = []
        roll = self._rng.random()
        if roll < 0.4:
            headers.append(f"x-admin-key: {ADMIN_KEY}")
        elif roll < 0.8:
            headers.append(f"authorization: Bearer {self._client['token']}")
        if self._rng.random() < 0.2:
            headers.append(self._odd_header())
        return headers

    def _odd_header(self) -> str:
        value = self._rng.choice(
            (
                "",
                "x" * 20_000,
                "é\udcff",
                "a\tb",
                "v1.e30.x",
                "Bearer",
                "Bearer " + "v1." * 300,
                "\udc80",
            )
        )
        name = self._rng.choice(HEADERS)
        return f"{name}: {value}"

    def _body(self) -> bytes:
        roll = self._rng.random()
        if roll < 0.25:
            return self._rng.choice(ODD_BODIES)
        if roll < 0.35:
            return b""
        value = copy.deepcopy(self._rng.choice(BODIES))
        for name, stem in (("job_id", "job"), ("algo_id", "alg")):
            if name in value:
                value[name] = f"{stem}-{self._rng.randrange(50)}"
        for _ in range(self._rng.choice((0, 1, 1, 2, 5))):
            self._mutate(value)
        return json.dumps(value, ensure_ascii=self._rng.random() < 0.5).encode(
            "utf-8", "surrogatepass"
        )

    def _mutate(self, value: dict[str, object]) -> None:
        name = self._rng.choice((*NAMES, *value))
        inner = value.get(name)
        if isinstance(inner, dict) and self._rng.random() < 0.7:
            inner[self._rng.choice((*inner, "study_uid", "image_id"))] = self._odd_value()
        elif self._rng.random() < 0.15:
            value.pop(name, None)
        else:
            value[name] = self._odd_value()

    def _odd_value(self) -> object:
        value = self._rng.choice(ODD_VALUES)
        return {**value} if isinstance(value, dict) else value


def main() -> int:
    """Serve, send, and tell; 1 if there was a problem."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        served(
            Path(folder),
            mip_submitted_kib_per_minute=0,
            mip_provisions_per_minute=0,
            mip_wrong_keys_per_minute=0,
        ) as here,
    ):
        here.register()
        report = fuzz(here, requests=arguments.requests, seed=arguments.seed)
    growth = report.growth
    # Not judged in fuzz(): pytest keeps the log, whose lines would be the growth.
    if growth.blocks > MOST_BLOCKS or growth.used_kib > MOST_KIB:
        report.problems.append("what is in use grew")
    print(dict(sorted(report.statuses.items())))
    print(growth)
    print("\n".join(report.problems[:20]) or "no problems")
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
