from __future__ import annotations

import pytest

from mip.contracts import PathReference, UidReference, decode_reference
from mip.contracts.codec import JsonValue, encode

BY_PATH: dict[str, JsonValue] = {"study_id": "s", "series_id": "s", "image_id": "i"}
BY_UID: dict[str, JsonValue] = {"study_uid": "1.2", "series_uid": "1.2.3"}


@pytest.mark.parametrize("ids", [BY_PATH, BY_UID])
@pytest.mark.parametrize("name", ["a", "main-1.eu_X", "x" * 64])
def test_a_reference_may_name_a_pacs(ids: dict[str, JsonValue], name: str) -> None:
    reference, errors = decode_reference({**ids, "server": name}, strict=True)
    assert errors == []
    assert reference is not None
    assert reference.server == name


@pytest.mark.parametrize("ids", [BY_PATH, BY_UID])
@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 65, "é", "a:b", "..\n", 1])
def test_a_name_that_no_pacs_can_have_is_refused_by_field(
    ids: dict[str, JsonValue], name: JsonValue
) -> None:
    reference, errors = decode_reference({**ids, "server": name}, strict=True)
    assert reference is None
    assert [error.field for error in errors] == ["pacs.server"]


def test_a_reference_without_a_name_is_written_without() -> None:
    assert b"server" not in encode(PathReference(study_id="s", series_id="s", image_id="i"))
    assert b"server" not in encode(UidReference(study_uid="1.2", series_uid="1.3"))
