"""Connections that are slow, or in the middle of which no HTTP comes."""

from __future__ import annotations

import json
import socket

import pytest

from mip.server import connection, responses

from .house import ADMIN, IMAGE
from .served import served


def talk(address, *pieces: bytes) -> bytes:
    """Send pieces, and read until the server closes the connection."""
    answer = b""
    with socket.create_connection(address, timeout=20) as sender:
        for piece in pieces:
            sender.sendall(piece)
        try:
            while chunk := sender.recv(65_536):
                answer += chunk
        except ConnectionResetError:
            pass
    return answer


@pytest.mark.parametrize(
    "begun", [b"", b"GET /hea", b"GET /health HTTP/1.1\r\nhost: mip\r\n\r\nGET"]
)
def test_a_head_that_does_not_come_is_not_waited_for(tmp_path, monkeypatch, begun):
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.1)
    with served(tmp_path) as here:
        answer = talk(here.address, begun)
        assert answer.startswith(b"HTTP/1.1 200" if b"\r\n\r\n" in begun else b"")
        assert here.complaints() == []


def test_a_body_that_does_not_come_is_answered_with_408(tmp_path, monkeypatch):
    monkeypatch.setattr(responses, "BODY_SECONDS", 0.1)
    with served(tmp_path) as here:
        head = b"POST /admin/algorithms HTTP/1.1\r\nhost: mip\r\nx-admin-key: k\r\n"
        answer = talk(here.address, head + b"content-length: 100\r\n\r\n", b'{"algo_id"')
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408")
    assert json.loads(body)["error"]["code"] == "http.timeout"


@pytest.mark.parametrize(("path", "status"), [(b"/health", b"200"), (b"/admin/queues", b"401")])
def test_a_body_that_trickles_in_after_its_answer_is_not_waited_for(
    tmp_path, monkeypatch, path, status
):
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.5)
    head = b"GET " + path + b" HTTP/1.1\r\nhost: mip\r\ncontent-length: 100\r\n\r\n"
    with served(tmp_path) as here, socket.create_connection(here.address, timeout=20) as sender:
        sender.sendall(head)
        assert sender.recv(65_536).startswith(b"HTTP/1.1 " + status)
        sender.settimeout(0.05)
        assert is_closed_while_sending(sender, pieces=99)


def is_closed_while_sending(sender: socket.socket, *, pieces: int) -> bool:
    """Send byte by byte; tell whether the server closed the connection meanwhile."""
    for _ in range(pieces):
        try:
            sender.sendall(b"x")
            while sender.recv(65_536):
                pass
        except TimeoutError:
            continue
        except ConnectionError:
            return True
        else:
            return True
    return False


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"POST"])
def test_what_is_no_http_after_a_request_leaves_no_traceback(tmp_path, method):
    head = method + b" /admin/algorithms HTTP/1.1\r\nhost: mip\r\ntransfer-encoding: chunked\r\n"
    with served(tmp_path) as here:
        for after in (b"\r\nzz\r\n", b"\r\n0\r\n\r\n\0\0\r\n\r\n", b"\r\n5\r\nabc"):
            with socket.create_connection(here.address, timeout=20) as sender:
                sender.sendall(head + after)
                sender.shutdown(socket.SHUT_WR)
                while sender.recv(65_536):
                    pass
        with here.client() as http:
            assert http.get("/health").status_code == 200
        assert here.complaints() == []


@pytest.mark.parametrize("path", [b"/health", b"/nothing", b"/admin/queues"])
def test_after_a_body_of_two_lengths_the_connection_is_closed(tmp_path, path):
    head = b"GET " + path + b" HTTP/1.1\r\nhost: mip\r\ncontent-length: 100\r\n"
    following = b"GET /health HTTP/1.1\r\nhost: mip\r\n\r\n"
    with served(tmp_path) as here:
        answer = talk(
            here.address, head + b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n" + following
        )
        assert answer.count(b"HTTP/1.1 ") == 1
        assert b"\r\nconnection: close\r\n" in answer.lower()
        assert here.complaints() == []


def test_a_body_that_is_too_long_is_refused_before_it_is_read(tmp_path):
    with served(tmp_path, mip_max_body_kib=1) as here:
        head = b"POST /admin/algorithms HTTP/1.1\r\nhost: mip\r\nx-admin-key: k\r\n"
        assert b" 413 " in talk(here.address, head + b"content-length: 999999\r\n\r\n")[:20]
        chunks = (b"400\r\n" + b" " * 1024 + b"\r\n") * 3  # and the last never comes
        answer = talk(here.address, head + b"transfer-encoding: chunked\r\n\r\n" + chunks)
        assert b" 413 " in answer[:20]


@pytest.mark.parametrize("pieces", [None, 30], ids=["length", "chunked"])
def test_who_sends_too_much_at_once_reads_why_it_was_refused(tmp_path, pieces):
    body = b" " * 3_000_000 if pieces is None else (b" " * 100_000 for _ in range(pieces))
    with served(tmp_path) as here, here.client(**ADMIN) as http:
        answer = http.post("/admin/algorithms", content=body)
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "contract.payload_too_large"


def test_a_server_does_not_say_what_it_is(tmp_path):
    with served(tmp_path) as here, here.client() as http:
        assert "server" not in http.get("/health").headers


@pytest.mark.parametrize(
    "job_id", ["a/b", "../../etc", "100%", "a?b=c", "~!@$&'()*+,;=:[]#|<>", "."]
)
def test_any_printable_job_id_works_in_a_url(tmp_path, job_id):
    encoded = "".join(f"%{byte:02X}" for byte in job_id.encode())
    with served(tmp_path) as here, here.client() as http:
        here.register()
        token = http.post("/provision").json()["token"]
        http.headers["authorization"] = f"Bearer {token}"
        body = {"job_id": job_id, "pacs": IMAGE}
        assert http.post("/process/noop", json=body).status_code == 202
        assert http.get(f"/jobs/{encoded}").json()["job_id"] == job_id
        assert http.delete(f"/jobs/{encoded}").json()["status"] == "cancelled"
        assert http.post(f"/jobs/{encoded}/retry").status_code == 202
