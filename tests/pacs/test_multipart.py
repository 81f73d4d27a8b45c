from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mip.errors import PacsError
from mip.pacs.multipart import SinglePart, parse_content_type

CONTENT = st.binary(max_size=300) | st.text("\r\n-b", max_size=40).map(str.encode)


def framed(content: bytes, *, head: bytes = b"A: b\r\n", before: bytes = b"") -> bytes:
    return before + b"--bound\r\n" + head + b"\r\n" + content + b"\r\n--bound--"


def read(message: bytes, cuts: list[int]) -> bytes:
    part = SinglePart("bound")
    edges = sorted({0, len(message), *(cut % (len(message) + 1) for cut in cuts)})
    body = b"".join(part.feed(message[begin:end]) for begin, end in pairwise(edges))
    part.close()
    return body


@given(
    content=CONTENT,
    cuts=st.lists(st.integers(0, 2000)),
    head=st.sampled_from([b"", b"A: b\r\n", b"A: b\r\nContent-Type: application/dicom\r\n"]),
    before=st.sampled_from([b"", b"\r\n", b"preamble\r\n"]),
    after=st.sampled_from([b"", b"\r\n", b"\r\nepilogue --bound\r\n"]),
)
def test_the_part_is_read_however_it_comes(
    content: bytes, cuts: list[int], head: bytes, before: bytes, after: bytes
) -> None:
    if b"\r\n--bound" in b"\r\n" + content:
        return
    assert read(framed(content, head=head, before=before) + after, cuts) == content


@given(content=CONTENT, at=st.integers(0, 2000))
def test_what_breaks_off_is_never_whole(content: bytes, at: int) -> None:
    message = framed(content)
    if b"\r\n--bound" in b"\r\n" + content:
        return
    with pytest.raises(PacsError):
        read(message[: at % len(message)], [])


@given(message=st.binary(max_size=400), cuts=st.lists(st.integers(0, 400)))
def test_any_bytes_are_read_or_refused(message: bytes, cuts: list[int]) -> None:
    with suppress(PacsError):
        read(b"--bound" + message, cuts)


@pytest.mark.parametrize(
    ("text", "kind", "boundary"),
    [
        ('multipart/related; type="application/dicom"; boundary=x', "multipart/related", "x"),
        ('Multipart/Related;boundary="a b"', "multipart/related", "a b"),
        ("multipart/related; Boundary=x;type=y", "multipart/related", "x"),
        ('multipart/related; type="image/jp2; transfer-syntax=1.2"; boundary=z', None, "z"),
        ("", "", None),
        ("text/html", "text/html", None),
    ],
)
def test_a_content_type_is_split(text: str, kind: str | None, boundary: str | None) -> None:
    found, parameters = parse_content_type(text)
    assert kind in (None, found)
    assert parameters.get("boundary") == boundary
