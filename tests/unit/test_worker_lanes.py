from __future__ import annotations

import pytest

from mip.transport.base import Delivery
from mip.worker.lanes import Lanes


def delivery(name: str, group: str) -> Delivery:
    return Delivery(
        body=b"",
        group_id=group,
        dedup_id=name,
        receipt=name,
        deliveries=1,
        deadline=0.0,
        published_at=0.0,
    )


def names(*deliveries: Delivery | None) -> list[str]:
    return [item.receipt for item in deliveries if item is not None]


def test_a_lane_is_started_once_and_keeps_the_order() -> None:
    lanes = Lanes()
    assert lanes.add([delivery("a", "g"), delivery("b", "h"), delivery("c", "g")]) == ["g", "h"]
    assert lanes.add([delivery("d", "g")]) == []
    assert names(lanes.next("g"), lanes.next("g"), lanes.next("g")) == ["a", "c", "d"]


def test_an_empty_lane_closes_and_can_be_started_again() -> None:
    lanes = Lanes()
    lanes.add([delivery("a", "g")])
    lanes.next("g")
    assert lanes.next("g") is None
    assert len(lanes) == 0
    assert lanes.add([delivery("b", "g")]) == ["g"]


def test_an_abandoned_lane_is_given_back_last_first() -> None:
    lanes = Lanes()
    lanes.add([delivery(name, "g") for name in "abc"])
    lanes.next("g")
    assert names(*lanes.abandon("g")) == ["c", "b"]
    assert lanes.next("g") is None


def test_a_lane_that_was_never_started_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        Lanes().next("g")
