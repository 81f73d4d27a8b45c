"""What a client is told of an error, and what only the log has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mip.errors import (
    InstanceNotFoundError,
    MipError,
    StateCorruptError,
    StateError,
    StorageError,
    TransportError,
)
from mip.server.errors import error_response
from mip.sqlite import place
from mip.telemetry import _JsonFormatter

from .house import IMAGE, open_house

if TYPE_CHECKING:
    from pathlib import Path

WORDS = "database /srv/hospital/state.db: the disk is full"


@pytest.mark.parametrize("kind", [StateError, StateCorruptError, StorageError, TransportError])
def test_files_of_the_server_are_named_in_its_log_and_not_to_clients(
    kind: type[MipError], caplog: pytest.LogCaptureFixture
) -> None:
    answer = json.loads(bytes(error_response(kind(WORDS), request_id="r1").body))
    assert answer["error"]["code"] == kind.code
    assert "hospital" not in answer["error"]["message"]
    [record] = caplog.records
    line = json.loads(_JsonFormatter().format(record))
    assert (line["message"], line["code"], line["reason"]) == ("http.failed", kind.code, WORDS)
    assert line["request_id"] == "r1"


def test_what_a_client_can_mend_is_told_in_words(caplog: pytest.LogCaptureFixture) -> None:
    answer = json.loads(bytes(error_response(InstanceNotFoundError("no i"), request_id="r").body))
    assert answer["error"]["message"] == "no i"
    assert caplog.records == []


async def test_a_client_whose_job_is_not_taken_is_told_no_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "CHECK_SECONDS", 0.0)
    async with open_house(tmp_path) as house:
        await house.register()
        _, header = await house.client()
        (tmp_path / "state.db").rename(tmp_path / "elsewhere.db")
        answer = await house.http.post("/process/noop", json={"pacs": IMAGE}, headers=header)
    assert answer.status_code == 500
    assert str(tmp_path) not in answer.text
