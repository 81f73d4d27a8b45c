"""Identifiers: what is allowed, how they are made and how they are joined into keys."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import NewType

JobId = NewType("JobId", str)
ClientId = NewType("ClientId", str)
AlgorithmId = NewType("AlgorithmId", str)
JobKey = NewType("JobKey", str)

MAX_ID_LENGTH = 128
_ID = re.compile(rf"[\x21-\x7e]{{1,{MAX_ID_LENGTH}}}")
SUFFIX_DIGITS = 8
_AGAIN = re.compile(rf"(?P<stem>.+)~[0-9a-f]{{{SUFFIX_DIGITS}}}")
_ALGORITHM_ID = re.compile(r"[a-z0-9](?:[a-z0-9]|[-_](?=[a-z0-9])){1,54}[a-z0-9]")
_UID = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+")
MAX_UID_LENGTH = 64


def is_valid_id(text: str) -> bool:
    """Tell whether ``text`` can be a job or client id: 1-128 printable ASCII, no spaces."""
    return _ID.fullmatch(text) is not None


def is_valid_algorithm_id(text: str) -> bool:
    """Tell whether ``text`` can name an algorithm.

    3-56 of ``a-z 0-9 - _``, a letter or digit at both ends, no two separators in a row.
    """
    return _ALGORITHM_ID.fullmatch(text) is not None


def is_valid_uid(text: str) -> bool:
    """Tell whether ``text`` is a DICOM unique identifier (PS3.5 sections 9 and 9.1).

    A root and a suffix, so at least two numbers with dots between, none with leading zeros, and at
    most 64 characters in all.
    """
    return len(text) <= MAX_UID_LENGTH and _UID.fullmatch(text) is not None


def canonical_algorithm_id(text: str) -> AlgorithmId:
    """Return the one spelling of an algorithm id: ``-`` and ``_`` forms are the same name."""
    return AlgorithmId(text.replace("_", "-"))


def job_key(client_id: str, job_id: str) -> JobKey:
    """Return the key of a job everywhere: a hash of (client, job), 64 hexadecimal digits.

    A job id is unique within its client only. The key is the job's dedup id and default group,
    and safe in file names, queue fields and URLs, whatever the ids contain.
    """
    text = f"{len(client_id)}:{client_id}{job_id}"
    return JobKey(hashlib.sha256(text.encode()).hexdigest())


def new_job_id(now: float) -> JobId:
    """Make a time-ordered job id: a UUID of version 7 (RFC 9562 section 5.7).

    Parameters
    ----------
    now : float
        Seconds since 1970; the first 48 bits hold its milliseconds.
    """
    value = (int(now * 1000) & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return JobId(f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}")


def next_job_id(job_id: str) -> JobId:
    """Name the job that a job is run again as: ``job_id~`` and 8 hexadecimal digits.

    The same job always gives the same name; that of a job which was run again before has its
    suffix replaced, not lengthened, so that ids do not grow.
    """
    stem, suffix = job_id, hashlib.sha256(job_id.encode()).hexdigest()[:SUFFIX_DIGITS]
    again = _AGAIN.fullmatch(job_id)
    if again is not None:
        stem = again["stem"]
    return JobId(f"{stem[: MAX_ID_LENGTH - SUFFIX_DIGITS - 1]}~{suffix}")
