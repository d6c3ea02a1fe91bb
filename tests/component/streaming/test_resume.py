"""The seam between table, ring and live feed: each event once, in order, whatever happens when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import attrs
import msgspec
import pytest
import trio
from hypothesis import example, given
from hypothesis import strategies as st
from trio.testing import MockClock

from pulse_router.domain.errors import Unavailable
from pulse_router.domain.live import as_event
from pulse_router.domain.messages import Message
from pulse_router.streaming import resume
from pulse_router.streaming.broadcaster import Broadcaster
from pulse_router.streaming.encoding import EncodedEvent
from pulse_router.streaming.filters import StreamFilter
from pulse_router.streaming.recent import RecentEvents
from pulse_router.streaming.resume import Feed, Missed
from tests.component.api.streams.test_session import NoGroups
from tests.support.streams.table import MemoryEventStore, make_message

FOREIGN = "FOREIGN"
"""A device that speaks through another router: its rows are in the table, when they like."""


@attrs.define(eq=False)
class World:
    """Ingest, the table and one client that may come and go. Our ids are even, foreign ones odd."""

    max_events: int = 1_000
    broadcaster: Broadcaster = attrs.field(
        factory=lambda: Broadcaster(NoGroups(), ring_capacity=1_000)
    )
    recent: RecentEvents = attrs.field(factory=lambda: RecentEvents(max_events=3, max_bytes=60))
    store: MemoryEventStore = attrs.field(factory=MemoryEventStore)
    published: list[Message] = attrs.field(factory=list)
    committed: int = 0
    newest: int = 0
    script: list[Callable[[], None]] = attrs.field(factory=list)
    log: list[int | str] = attrs.field(factory=list)
    """What the client got: ids of events, and answers."""

    waiting: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    """What the client waits in, which may be cancelled."""

    def __attrs_post_init__(self) -> None:
        self.recent.open(0)
        self.store.meanwhile = self._meanwhile

    @property
    def got(self) -> list[int]:
        return [entry for entry in self.log if isinstance(entry, int)]

    @property
    def answers(self) -> list[str]:
        return [entry for entry in self.log if isinstance(entry, str)]

    @property
    def missed(self) -> Missed:
        return Missed(self.broadcaster, self.recent, self.store, max_events=self.max_events)

    def publish(self, *devices: str) -> None:
        """Let messages come in: as the decoder does, without waiting."""
        chunk = []
        for device in devices:
            self.newest += 2
            msg_type = "status" if device == "silent" else "telemetry"
            tenant = "OTHER" if device == "other" else "T"
            chunk.append(make_message(self.newest, device, tenant, msg_type))
        self.recent.add(chunk)
        self.broadcaster.publish([as_event(m) for m in chunk if m.msg_type == "telemetry"])
        self.published += chunk

    def commit(self, count: int = 1_000) -> None:
        """Commit the oldest messages that are in hand."""
        batch = self.published[self.committed : self.committed + count]
        self.committed += len(batch)
        self.store.rows += batch
        if batch:
            self.recent.commit(batch[-1].event_id)

    def flood(self) -> None:
        """Let more come in, and be committed, than the ring holds."""
        self.publish(*"abab")
        self.commit()

    def foreign(self) -> None:
        """Let another router commit a row between ours."""
        if all(row.event_id != self.newest + 1 for row in self.store.rows):
            self.store.rows.append(make_message(self.newest + 1, FOREIGN))

    async def _meanwhile(self) -> None:
        await trio.lowlevel.checkpoint()
        if self.script:
            self.script.pop(0)()

    @contextmanager
    def connected(self, after: int | None) -> Iterator[Feed]:
        with self.broadcaster.open_subscription("T") as subscription:
            feed = Feed(subscription, self.missed, after)
            subscription.apply(StreamFilter(), {})
            yield feed

    async def take(self, feed: Feed, *, seconds: float = 1) -> bool:
        """Take what comes, if anything does."""
        with trio.move_on_after(seconds) as self.waiting:
            taken = await feed.take()
            assert taken.dropped == 0
            for item in taken.items:
                self.log.append(item.event_id if isinstance(item, EncodedEvent) else item)
        return not self.waiting.cancelled_caught

    async def take_all(self, feed: Feed) -> None:
        while await self.take(feed):
            pass

    def ids(self, *devices: str) -> list[int]:
        return [message.event_id for message in self.published if message.device_id in devices]


steps = st.one_of(
    st.lists(st.sampled_from(["a", "b", "silent", "other"]), min_size=1, max_size=4),
    st.integers(1, 5),
    st.sampled_from(["take", "reconnect", "foreign", "flood", "cancel"]),
)


# A flood that is committed between the reading of a last page and its end.
@example(["flood", "flood", *["take", 1, 1] * 3, "take", 1, "flood"], 3)
@given(st.lists(steps, max_size=40), st.integers(1, 4))
def test_each_event_comes_once_and_in_order_over_any_disconnects(
    script: list[list[str] | int | str], page: int
) -> None:
    world = World()

    async def follow() -> None:
        turns = [*script, "end"]
        while turns:
            after = world.got[-1] if world.got else 0
            with world.connected(after) as feed:
                while turns:
                    match turns.pop(0):
                        case "reconnect":
                            break
                        case "take":
                            # What follows in the script happens while the table is asked.
                            world.script = [_action(world, turn) for turn in turns[:-1][:4]]
                            before = len(world.script)
                            await world.take(feed, seconds=0.1)
                            del turns[: before - len(world.script)]
                            world.script = []
                        case "end":
                            await world.take_all(feed)
                            world.publish("a")
                            await world.take_all(feed)
                        case turn:
                            _action(world, turn)()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(resume, "PAGE", page)
        trio.run(follow, clock=MockClock(autojump_threshold=0))
    assert world.got == sorted(set(world.got))
    ours = [event_id for event_id in world.got if event_id % 2 == 0]
    assert ours == world.ids("a", "b")
    # Only a client that asks for 0 may be told that what it never saw is gone.
    assert all(msgspec.json.decode(answer)["from"] == "0" for answer in world.answers)


def _action(world: World, turn: list[str] | int | str) -> Callable[[], None]:
    match turn:
        case list():
            return lambda: world.publish(*turn)
        case int():
            return lambda: world.commit(turn)
        case "foreign":
            return world.foreign
        case "flood":
            return world.flood
        case "cancel":
            return world.waiting.cancel
        case _:
            return lambda: None


@given(st.lists(st.integers(0, 12), min_size=1, max_size=8), st.integers(1, 6), st.booleans())
def test_a_change_of_filter_parts_what_passed_the_old_from_what_passes_the_new(
    changes: list[int], page: int, is_committed: bool
) -> None:
    world = World()
    filters = {"0": "ab", "1": "bc"}

    async def follow() -> None:
        for _ in range(8):
            world.publish("a", "b", "c")
        if is_committed:
            world.commit()
        with world.connected(0) as feed:
            subscription, current = feed.subscription, "0"

            def switch() -> None:
                nonlocal current
                current = "1" if current == "0" else "0"
                subscription.apply(StreamFilter(device_ids=frozenset(filters[current])), {})
                subscription.outbox.put_answer_nowait(current)

            subscription.apply(StreamFilter(device_ids=frozenset("ab")), {})
            async with trio.open_nursery() as nursery:

                @nursery.start_soon
                async def change() -> None:
                    for steps_before in changes:
                        for _ in range(steps_before):
                            await trio.lowlevel.checkpoint()
                        switch()

                await world.take_all(feed)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(resume, "PAGE", page)
        trio.run(follow, clock=MockClock(autojump_threshold=0))
    for obeyed, got in _segments(world.log):
        passing = world.ids(*filters[obeyed])
        assert got == [each for each in passing if got and got[0] <= each <= got[-1]]
    assert [each for each in world.got if each in world.ids("b")] == world.ids("b")


def _segments(log: list[int | str]) -> list[tuple[str, list[int]]]:
    """Part what was got by the answers between: each names the filter that it begins."""
    segments: list[tuple[str, list[int]]] = [("0", [])]
    for entry in log:
        if isinstance(entry, int):
            segments[-1][1].append(entry)
        elif entry in {"0", "1"}:
            segments.append((entry, []))
    return segments


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
