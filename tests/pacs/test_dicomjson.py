from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mip.errors import PacsError
from mip.pacs.dicomjson import (
    FAILED_SOP_SEQUENCE,
    decode_data_set,
    decode_data_sets,
    first,
    items,
    number,
    uid,
)

if TYPE_CHECKING:
    from mip.pacs.dicomjson import DataSet


def data(text: str) -> DataSet:
    return decode_data_set(text.encode())


def test_an_answer_without_a_body_is_empty() -> None:
    assert decode_data_sets(b" \n") == []
    assert decode_data_set(b"") == {}
    assert decode_data_set(b"[]") == {}


def test_a_data_set_in_a_list_is_taken_out() -> None:
    assert first(data('[{"00080060": {"vr": "CS", "Value": ["CT"]}}]'), "00080060") == "CT"


@pytest.mark.parametrize("text", ["1", '"x"', '{"a": 1}', '{"a": {"Value": 1}}', "[[]]", "{"])
def test_what_is_no_dicom_json_is_refused(text: str) -> None:
    with pytest.raises(PacsError):
        data(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", 1), ('"12"', 12), ("1.0", 1), ('"x"', None), ("null", None), ("{}", None)],
)
def test_a_number_may_be_spelt_as_a_string(value: str, expected: int | None) -> None:
    assert number(data(f'{{"00201209": {{"vr": "IS", "Value": [{value}]}}}}'), "00201209") == (
        expected
    )


@pytest.mark.parametrize("value", ["null", '""', '"1.02"', '"../x"', "1.2", '"1.2/3"'])
def test_a_uid_that_breaks_the_rules_is_never_asked_for(value: str) -> None:
    with pytest.raises(PacsError):
        uid(data(f'{{"0020000D": {{"vr": "UI", "Value": [{value}]}}}}'), "0020000D")


def test_a_uid_that_was_asked_by_stands_in_for_one_that_is_left_out() -> None:
    assert uid({}, "0020000D", default="1.2") == "1.2"


def test_a_sequence_of_something_else_is_refused() -> None:
    assert items(data(f'{{"{FAILED_SOP_SEQUENCE}": {{"vr": "SQ"}}}}'), FAILED_SOP_SEQUENCE) == []
    with pytest.raises(PacsError):
        items(data(f'{{"{FAILED_SOP_SEQUENCE}": {{"Value": [1]}}}}'), FAILED_SOP_SEQUENCE)
