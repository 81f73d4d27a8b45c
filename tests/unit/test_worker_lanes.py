from __future__ import annotations

import pytest

from mip.transport.base import Delivery
from mip.worker.holds import Hold
from mip.worker.lanes import Lanes


def hold(name: str, group: str) -> Hold:
    delivery = Delivery(
        body=b"",
        group_id=group,
        dedup_id=name,
        receipt=name,
        deliveries=1,
        deadline=0.0,
        published_at=0.0,
    )
    return Hold(delivery, now=0.0, lease_seconds=60.0)


def names(*holds: Hold | None) -> list[str]:
    return [item.delivery.receipt for item in holds if item is not None]


async def test_a_lane_is_started_once_and_keeps_the_order() -> None:
    lanes = Lanes()
    assert lanes.add([hold("a", "g"), hold("b", "h"), hold("c", "g")]) == ["g", "h"]
    assert lanes.add([hold("d", "g")]) == []
    assert names(lanes.next("g"), lanes.next("g"), lanes.next("g")) == ["a", "c", "d"]


async def test_an_empty_lane_closes_and_can_be_started_again() -> None:
    lanes = Lanes()
    lanes.add([hold("a", "g")])
    lanes.next("g")
    assert lanes.next("g") is None
    assert len(lanes) == 0
    assert lanes.add([hold("b", "g")]) == ["g"]


async def test_an_abandoned_lane_is_given_back_last_first() -> None:
    lanes = Lanes()
    lanes.add([hold(name, "g") for name in "abc"])
    lanes.next("g")
    assert names(*lanes.abandon("g")) == ["c", "b"]
    assert lanes.next("g") is None


async def test_what_came_later_is_not_abandoned_with_a_head() -> None:
    lanes = Lanes()
    lanes.add([hold("a", "g"), hold("b", "g")])
    lanes.next("g")
    lanes.add([hold("a again", "g")])
    assert names(*lanes.abandon("g")) == ["b"]
    assert names(lanes.next("g")) == ["a again"]
    assert lanes.abandon("g") == []


async def test_a_lane_that_was_never_started_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        Lanes().next("g")
