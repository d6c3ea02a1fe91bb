"""Whatever a broker's habits, no message is lost, and none is doubled that it must still hold.

Random walks of a broker, a router and the line between them: cut and killed at any moment, repeats,
lost sessions, ids that are used up or given again at once. All messages are alike, so that nothing
but what each side can know tells them apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulse_router.ingest.redelivery import IDS_CLIMB, MARK, RedeliveryWindow
from tests.support.mqtt.habits import PACKET_IDS, BeginsAnew, Broker, LowestFree, Walk

DROPPED_AT_ONCE: Final = 30_000


few = st.integers(1, 6)
STEPS = st.one_of(
    st.tuples(st.just("exchange"), few),
    st.tuples(st.just("settle"), few),
    st.tuples(st.just("publish"), few),
    st.tuples(st.just("read"), few),
    st.tuples(st.just("commit"), few),
    st.tuples(st.just("hear"), few),
    st.tuples(st.just("ping"), few),
    st.tuples(st.just("cut"), few),
    st.tuples(st.just("kill"), st.integers(0, 3)),
)
REPEATS = st.tuples(st.just("repeat"), few)
"""What MQTT 5 forbids on a living connection, and brokers do. One that gives ids again at once as
well can take our answer to a repeat for that to a message it has given the id to: not walked."""
LOSSES = st.tuples(st.just("lose session"), few)
DROPS = st.tuples(st.just("drop"), st.integers(1, DROPPED_AT_ONCE))


def play(walk: Walk, steps: Sequence[tuple[str, int]]) -> Walk:
    for step, count in steps:
        getattr(walk, step.replace(" ", "_"))(count)
    walk.finish()
    return walk


CALM = [("settle", 9)]
"""A first exchange, after which the router knows what the broker knows."""
walks = st.lists(STEPS | REPEATS, max_size=40)


WALKS = [(Broker, STEPS | REPEATS), (LowestFree, STEPS)]


@pytest.mark.parametrize(("make_broker", "kinds"), WALKS)
@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_no_message_is_lost_whatever_the_broker_s_habits(
    make_broker: type[Broker], kinds: st.SearchStrategy[tuple[str, int]], data: st.DataObject
) -> None:
    walk = play(Walk(make_broker()), data.draw(st.lists(kinds | LOSSES, max_size=40)))
    assert walk.lost == set()


@given(steps=st.lists(STEPS | REPEATS | DROPS, max_size=40))
@settings(max_examples=300, deadline=None)
def test_no_message_is_lost_though_ids_are_used_up_by_what_is_dropped(
    steps: list[tuple[str, int]],
) -> None:
    walk = play(Walk(Broker()), [*CALM, *CALM, *steps])
    assert walk.lost == set()


@given(steps=walks)
@settings(max_examples=300, deadline=None)
def test_a_broker_that_counts_its_ids_up_doubles_nothing(steps: list[tuple[str, int]]) -> None:
    walk = play(Walk(Broker()), [*CALM, *CALM, *steps])
    assert walk.lost == walk.doubled == set()


@pytest.mark.parametrize(("make_broker", "kinds"), WALKS)
@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_only_what_a_broker_still_held_though_it_was_acknowledged_can_be_doubled(
    make_broker: type[Broker], kinds: st.SearchStrategy[tuple[str, int]], data: st.DataObject
) -> None:
    walk = play(Walk(make_broker()), data.draw(st.lists(kinds, max_size=40)))
    assert walk.doubled <= walk.doubtful


@pytest.mark.parametrize("make_broker", [Broker, LowestFree])
def test_what_is_repeated_on_a_living_connection_is_stored_once(make_broker: type[Broker]) -> None:
    steps = [("publish", 5), ("read", 3), ("repeat", 1), ("read", 9), ("repeat", 1), ("read", 9)]
    walk = play(Walk(make_broker()), steps)
    assert walk.stored == Counter(range(1, 6))


@pytest.mark.parametrize("end", ["cut", "kill"])
@pytest.mark.parametrize("answered", [True, False])
def test_a_message_that_was_never_read_is_no_repeat_of_one_that_had_its_id(
    end: str, answered: bool
) -> None:
    for before in range(5):
        steps = [("settle", 1)] * before + [("settle" if answered else "exchange", 1)]
        walk = play(Walk(LowestFree()), [*steps, ("publish", 1), (end, 0)])
        assert walk.lost == walk.doubled == set()


@pytest.mark.parametrize(("end", "known"), [("cut", 10), ("kill", 9)])
def test_ids_that_come_round_early_for_what_was_dropped_are_no_repeats(
    end: str, known: int
) -> None:
    """The queue overflows, and the next message has an id of one that is known to be known.

    What is known of the newest message is stored with the one after it.
    """
    for packet_id in range(1, known + 1):
        walk = play(Walk(Broker()), [*CALM, ("settle", 1)])
        walk.broker.drop(PACKET_IDS - 11 + packet_id)
        play(walk, [("publish", 1), (end, 0)])
        assert walk.lost == walk.doubled == set()


@given(steps=st.lists(STEPS, max_size=40))
@settings(max_examples=300, deadline=None)
def test_no_message_is_lost_though_ids_begin_anew_with_each_connection(
    steps: list[tuple[str, int]],
) -> None:
    walk = play(Walk(BeginsAnew()), [*CALM, *CALM, *steps])
    assert walk.lost == set()


def test_an_id_that_a_connection_began_with_is_no_proof_of_a_repeat_on_the_next() -> None:
    steps = [*CALM, *CALM, ("kill", 0), ("exchange", 1), ("kill", 0), ("publish", 1), ("cut", 0)]
    walk = play(Walk(BeginsAnew()), steps)
    assert walk.lost == walk.doubled == set()


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_backlog_that_comes_with_dup_is_new_also_when_ids_come_round(is_killed: bool) -> None:
    """mosquitto sends all that it holds with DUP, and answers a ping only after it."""
    window = RedeliveryWindow([(MARK, IDS_CLIMB), *((n, 7) for n in range(1, 31))])
    window.begin_connection(new_session=False)
    log = []
    for number in range(90):
        window.begin_arrival(number + 1, known=0, written=max(0, number - 3))
        for place in range(1000):
            packet_id = (30 + number * 1000 + place) % PACKET_IDS + 1
            assert not window.is_repeated(packet_id, 7, duplicate=True)
            log += [*window.take_marks(), (packet_id, 7)]
    if is_killed:
        window = RedeliveryWindow([(MARK, IDS_CLIMB), *log[-PACKET_IDS:]])
        window.begin_connection(new_session=False)
        window.begin_arrival(1, known=0, written=0)
    for packet_id, _ in log[-1000:]:
        assert window.is_repeated(packet_id, 7, duplicate=True)


def test_ids_of_a_session_that_is_gone_mean_nothing_to_the_next_life() -> None:
    steps = [*CALM, ("lose session", 1), ("publish", 3), ("kill", 0)]
    walk = play(Walk(Broker()), steps)
    assert walk.lost == set()
