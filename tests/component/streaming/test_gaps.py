"""What a client cannot be given any more is a gap, and what is missed comes in pieces."""

from __future__ import annotations

import msgspec
import pytest
from trio.testing import MockClock

from pulse_router.domain.errors import Unavailable
from pulse_router.streaming import resume
from pulse_router.streaming.encoding import EncodedEvent
from pulse_router.streaming.recent import RecentEvents
from tests.support.streams.seam import World
from tests.support.streams.table import make_message


def _gap(world: World) -> tuple[str, str]:
    [answer] = world.answers
    gap = msgspec.json.decode(answer)
    assert gap["type"] == "gap"
    return gap["from"], gap["to"]


async def test_what_retention_has_dropped_is_a_gap(autojump_clock: MockClock) -> None:
    world = World()
    for _ in range(10):
        world.publish("a")
    world.commit()
    del world.store.rows[:5]  # ids 2 to 10
    with world.connected(4) as feed:
        await world.take_all(feed)
    assert _gap(world) == ("4", "11")
    assert world.got == [12, 14, 16, 18, 20]


async def test_too_much_is_a_gap_and_then_the_newest(autojump_clock: MockClock) -> None:
    world = World(max_events=4)
    for _ in range(10):
        world.publish("a")
    world.commit()
    with world.connected(2) as feed:
        await world.take_all(feed)
    # Four of the table, and the three that the ring holds.
    assert _gap(world) == ("2", "7")
    assert world.got == [8, 10, 12, 14, 16, 18, 20]


async def test_a_client_that_never_catches_up_is_told_of_a_gap_again(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resume, "PAGE", 2)
    world = World(max_events=4)
    world.publish(*"aaaaaaaa")
    world.commit()

    def flood() -> None:
        world.publish(*"aaaaa")
        world.commit()

    with world.connected(2) as feed:
        for _ in range(20):
            world.script = [flood]
            await world.take(feed)
        world.script = []
        await world.take_all(feed)
    assert len(world.answers) > 1
    assert world.got == sorted(set(world.got))
    missing = set(world.ids("a")) - set(world.got) - {2}
    gaps = [msgspec.json.decode(answer) for answer in world.answers]
    assert all(any(int(g["from"]) < m <= int(g["to"]) for g in gaps) for m in missing)


async def test_what_is_missed_comes_in_pieces_however_heavy_it_is(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resume, "MAX_TAKEN", 80_000)
    world = World(max_events=2_000)
    texts = [1] * 50 + [5_000] * 500 + [1] * 500
    for number, length in enumerate(texts, start=1):
        message = make_message(2 * number, metrics={"text": "x" * length})
        world.recent.add([message])
        world.store.rows.append(message)
        world.recent.commit(2 * number)
    pieces: list[list[EncodedEvent]] = []
    with world.connected(2) as feed:
        while sum(map(len, pieces)) < len(texts) - 1:
            taken = await feed.take()
            pieces.append([item for item in taken.items if isinstance(item, EncodedEvent)])
    got = [event.event_id for piece in pieces for event in piece]
    assert got == [2 * number for number in range(2, len(texts) + 1)]
    weights = [sum(len(event.text) for event in piece) for piece in pieces]
    assert sum(weight > 2.5 * 80_000 for weight in weights) <= 1  # a first one comes unawares
    assert max(map(len, pieces)) == resume.PAGE  # and none stays small


async def test_an_id_of_the_future_is_a_gap_and_what_is_new_comes(
    autojump_clock: MockClock,
) -> None:
    world = World()
    world.publish("a", "a")
    with world.connected(1_000) as feed:
        await world.take(feed)
        assert _gap(world) == ("1000", "4")
        world.publish("a")
        await world.take_all(feed)
    assert world.got == [6]


async def test_a_client_that_is_up_to_date_asks_the_table_nothing(
    autojump_clock: MockClock,
) -> None:
    world = World()
    for _ in range(10):
        world.publish("a")
    world.commit()
    with world.connected(20) as feed:
        world.publish("a")
        await world.take_all(feed)
    assert (world.got, world.store.questions, world.answers) == ([22], 0, [])


async def test_before_ingest_has_begun_nothing_can_be_resumed(autojump_clock: MockClock) -> None:
    world = World()
    world.recent = RecentEvents()
    with world.connected(1) as feed, pytest.raises(Unavailable):
        await feed.take()


def test_what_is_not_committed_stays_however_much_it_is() -> None:
    recent = RecentEvents(max_events=2, max_bytes=1_000)
    recent.open(0)
    for number in range(1, 11):
        recent.add([make_message(number)])
    assert [event.event_id for event in recent.after("T", 0, 100)[0]] == list(range(1, 11))
    assert recent.stored_to == 0
    recent.commit(5)
    assert recent.stored_to == 5
    recent.commit(10)
    assert recent.stored_to == 8
    assert [event.event_id for event in recent.after("T", 8, 100)[0]] == [9, 10]


def test_the_ring_is_bounded_by_bytes_as_well() -> None:
    recent = RecentEvents(max_events=1_000, max_bytes=100)
    recent.open(0)
    for number in range(1, 11):
        recent.add([make_message(number, metrics={"text": "x" * 30})])
        recent.commit(number)
    assert [event.event_id for event in recent.after("T", recent.stored_to or 0, 100)[0]] == [9, 10]
