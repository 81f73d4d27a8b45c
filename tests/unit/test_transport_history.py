"""The history checker finds each kind of broken guarantee, and nothing in what is allowed."""

from __future__ import annotations

from mip.testing import FakeClock, RecordingTransport, check_history
from mip.testing.history import (
    PublishBegun,
    Published,
    Received,
    SettleBegun,
    Settled,
    read_events,
)
from mip.transport import Message, QueueOptions, memory


def published(at, *ids, group="g"):
    return [
        PublishBegun(at, [(id_, group) for id_ in ids]),
        Published(at + 1, ["published"] * len(ids)),
    ]


def received(at, receipt, id_, group="g", lease=30.0):
    return [Received(at, at + 1, lease, [(receipt, id_, group)])]


def acked(at, receipt, outcome="done"):
    return [SettleBegun(at, [receipt]), Settled(at + 1, [outcome])]


GOOD = [
    *published(0, "a", "b"),
    *received(2, "r1", "a"),
    *acked(4, "r1"),
    *received(6, "r2", "b"),
    *acked(8, "r2"),
]


def test_an_allowed_history_has_no_problems():
    assert check_history([GOOD]) == []


def test_a_lost_message_is_found():
    assert check_history([GOOD[:-3]]) == ["b was published and is lost"]


def test_nothing_is_lost_before_the_end():
    assert check_history([GOOD[:-3]], is_drained=False) == []


def test_a_message_whose_publish_was_never_answered_may_be_absent():
    assert check_history([[*GOOD, PublishBegun(20, [("c", "g")])]]) == []


def test_a_repeated_receipt_is_found():
    problems = check_history([[*GOOD, *received(10, "r1", "b")]])
    assert "receipt r1 was given twice" in problems


def test_a_second_ack_of_one_message_is_found():
    again = [*received(10, "r3", "a"), *acked(12, "r3")]
    assert "a was acked 2 times" in check_history([GOOD, again])


def test_a_delivery_after_the_ack_is_found():
    assert "a was delivered after it was acked" in check_history([GOOD, received(10, "r3", "a")])


def test_two_loans_of_a_group_at_one_time_are_found():
    other = [*received(3, "r2", "a"), *acked(9, "r2")]
    first = [*published(0, "a"), *received(2, "r1", "a"), *acked(8, "r1", "lease_lost")]
    (problem,) = check_history([first, other])
    assert problem == "two loans of group g stood at 4"


def test_a_loan_may_follow_one_whose_lease_is_over():
    first = [*published(0, "a"), *received(2, "r1", "a", lease=5), *acked(20, "r1", "lease_lost")]
    other = [*received(8, "r2", "a"), *acked(12, "r2")]
    assert check_history([first, other]) == []


def test_a_delivery_before_its_turn_is_found():
    events = [
        *published(0, "a", "b"),
        *received(2, "r1", "b"),
        *acked(4, "r1"),
        *received(6, "r2", "a"),
        *acked(8, "r2"),
    ]
    assert check_history([events]) == ["b was delivered before its turn"]


def test_an_unanswered_ack_counts_as_possibly_done():
    first = [*published(0, "a"), *received(2, "r1", "a"), SettleBegun(4, ["r1"])]
    assert check_history([first]) == []


def test_a_line_cut_short_by_a_death_is_left_out():
    assert read_events(b'{"type":"Published","at":1.0,"outcomes":[]}\n{"type":"Pu') == [
        Published(1.0, [])
    ]


async def test_what_is_recorded_can_be_read_and_checked():
    clock = FakeClock()
    transport = memory.open_transport("memory:", clock=clock)
    await transport.create_queue("q", QueueOptions())
    lines: list[bytes] = []
    recording = RecordingTransport(transport, "q", record=lines.append, clock=clock)
    await recording.publish([Message(body=b"x", group_id="g", dedup_id="a")])
    (delivery,) = await recording.receive(max_messages=1, wait_seconds=0, lease_seconds=30)
    await recording.ack([delivery.receipt])
    events = read_events(b"".join(lines))
    assert [type(event) for event in events] == [
        PublishBegun,
        Published,
        Received,
        SettleBegun,
        Settled,
    ]
    assert check_history([events]) == []
