"""The laws of the writer: stored before acknowledged, in order, whatever happens outside."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
import trio

from pulse_router.domain.errors import DataRefused, Unavailable
from pulse_router.domain.event_ids import EventIds
from pulse_router.domain.messages import IngestCommit, IngestCounts, Message, NewDelivery, Reason
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.poison import PIECE_MESSAGES
from pulse_router.ingest.writer import (
    FEW_MESSAGES,
    INTERVAL_SECONDS,
    MAX_MESSAGES,
    PRUNE_EVERY,
    SHORT_INTERVAL_SECONDS,
    SUSPECT_COMMITS,
    Writer,
)
from tests.support.ingest.fakes import (
    FakeArrival,
    FakeReceiver,
    FakeRecent,
    MemoryIngestStore,
    publication,
)

NOW = datetime(2026, 2, 16, tzinfo=UTC)


def message(event_id: int) -> Message:
    return Message(event_id, NOW, NOW, "TENANT1", "DEV-001", None, "telemetry", "{}", None)


def delivery(event_id: int, route_id: int) -> NewDelivery:
    topic = "tenant/TENANT1/device/DEV-001/telemetry"
    return NewDelivery(event_id, "TENANT1", route_id, "DEV-001", topic, "{}", event_id, NOW)


@attrs.define
class WriterWorld:
    store: MemoryIngestStore = attrs.field(factory=MemoryIngestStore)
    receiver: FakeReceiver = attrs.field(factory=FakeReceiver)
    reports: list[str | None] = attrs.field(factory=list)
    counts: list[IngestCounts] = attrs.field(factory=list)
    recent: FakeRecent = attrs.field(factory=FakeRecent)
    acknowledged: list[Any] = attrs.field(factory=list)
    last_sequence: int = 0
    next_event_id: int = 1

    def batch(self, size: int, *, routes: tuple[int, ...] = ()) -> DecodedBatch:
        event_ids = range(self.next_event_id, self.next_event_id + size)
        self.next_event_id += size
        return DecodedBatch(
            FakeArrival([publication()] * size, log=self.acknowledged),
            received=size,
            matched=size * len(routes),
            messages=[message(event_id) for event_id in event_ids],
            deliveries=[delivery(event_id, route) for event_id in event_ids for route in routes],
            packet_ids=list(event_ids),
            digests=list(event_ids),
        )

    async def write(self, *batches: DecodedBatch) -> None:
        send, receive = trio.open_memory_channel[DecodedBatch](len(batches))
        with send:
            for batch in batches:
                send.send_nowait(batch)
        await self.writer().run(receive)

    def writer(self) -> Writer:
        return Writer(
            store=self.store,
            receiver=self.receiver,
            ids=EventIds(last=77),
            last_sequence=self.last_sequence,
            report=self.reports.append,
            on_commit=self.counts.append,
            recent=self.recent,
        )


def arrivals(*batches: DecodedBatch) -> list[Any]:
    return [batch.arrival for batch in batches]


async def test_waiting_batches_commit_as_one_and_are_acknowledged_in_order(
    autojump_clock: trio.testing.MockClock,
) -> None:
    world = WriterWorld(last_sequence=41)
    batches = [world.batch(2, routes=(7,)), world.batch(1), world.batch(3, routes=(7, 8))]
    await world.write(*batches)
    [commit] = world.store.commits.values()
    assert commit.sequence == 42
    assert commit.last_id == 77
    assert [m.event_id for m in commit.messages] == [1, 2, 3, 4, 5, 6]
    assert commit.packet_ids == [1, 2, 3, 4, 5, 6]
    assert commit.counts == IngestCounts(received=6, stored=6, rejected=0, matched=8)
    assert world.acknowledged == arrivals(*batches)
    assert world.receiver.told == [commit.deliveries]
    assert world.receiver.woken == []
    assert world.counts == [commit.counts]


async def test_batches_that_follow_another_are_stored_and_acknowledged_with_it() -> None:
    world = WriterWorld()
    one, two, three, four = (world.batch(size) for size in (1, 2, 1, 3))
    one.followers = [two, three]
    await world.write(one, four)
    [commit] = world.store.commits.values()
    assert [each.event_id for each in commit.messages] == list(range(1, 8))
    assert world.acknowledged == [each.arrival for each in (one, two, three, four)]


async def test_nothing_is_acknowledged_before_it_is_stored(
    autojump_clock: trio.testing.MockClock,
) -> None:
    world = WriterWorld()
    world.store.refuse = lambda _commit: assert_none_acknowledged(world)
    await world.write(world.batch(1), world.batch(1))
    assert len(world.acknowledged) == 2


def assert_none_acknowledged(world: WriterWorld) -> None:
    assert world.acknowledged == []


async def test_an_outage_is_held_and_said_so_and_the_same_batch_stored_after_it(
    autojump_clock: trio.testing.MockClock,
) -> None:
    world = WriterWorld()
    world.store.trouble = [Unavailable("gone"), Unavailable("still gone")]
    await world.write(world.batch(2))
    assert world.reports == ["gone", "still gone", None]
    assert [len(c.messages) for c in world.store.commits.values()] == [2]
    assert len(world.acknowledged) == 1


async def test_a_commit_whose_answer_was_lost_is_not_stored_twice(
    autojump_clock: trio.testing.MockClock,
) -> None:
    world = WriterWorld()
    world.store.lose_answers = 1
    await world.write(world.batch(2))
    assert sum(len(c.messages) for c in world.store.commits.values()) == 2
    assert len(world.acknowledged) == 1


async def test_deliveries_of_a_commit_whose_answer_was_lost_are_looked_for_in_the_table(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """They may have been found there, and even delivered, before the writer knew."""
    world = WriterWorld()
    world.store.lose_answers = 1
    await world.write(world.batch(2, routes=(7, 8)))
    assert world.receiver.told == []
    assert world.receiver.woken == [{7, 8}]


async def test_a_sequence_number_taken_by_another_router_is_passed_over(
    autojump_clock: trio.testing.MockClock,
) -> None:
    world = WriterWorld()
    world.store.foreign = {1, 2}
    await world.write(world.batch(1))
    assert set(world.store.commits) == {3}
    assert world.reports == ["taken", None]


@pytest.mark.parametrize(
    ("size", "interval"), [(1, SHORT_INTERVAL_SECONDS), (FEW_MESSAGES + 1, INTERVAL_SECONDS)]
)
async def test_commits_under_load_keep_their_distance(
    autojump_clock: trio.testing.MockClock, size: int, interval: float
) -> None:
    world = WriterWorld()
    starts: list[float] = []
    world.store.refuse = lambda _commit: starts.append(trio.current_time())
    send, receive = trio.open_memory_channel[DecodedBatch](4)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.writer().run, receive)
        begin = trio.current_time()
        for _ in range(40):
            await send.send(world.batch(size))
            await trio.sleep(0.0015)  # so that never more than two come in two milliseconds
        send.close()
    assert starts[0] == begin
    gaps = [b - a for a, b in itertools.pairwise(starts)]
    assert min(gaps) >= interval - 1e-9
    assert sum(gaps) / len(gaps) < 1.2 * interval
    assert sum(len(c.messages) for c in world.store.commits.values()) == 40 * size


async def test_a_commit_is_capped(autojump_clock: trio.testing.MockClock) -> None:
    world = WriterWorld()
    await world.write(*[world.batch(MAX_MESSAGES // 2 + 1) for _ in range(3)])
    assert [len(c.messages) for c in world.store.commits.values()] == [
        MAX_MESSAGES + 2,
        MAX_MESSAGES // 2 + 1,
    ]


async def test_old_batches_are_pruned_now_and_then(
    autojump_clock: trio.testing.MockClock,
) -> None:
    world = WriterWorld(last_sequence=PRUNE_EVERY - 1)
    await world.write(world.batch(1))
    assert world.store.pruned == 1


def refuse_events(*poison: int, named: bool) -> Callable[[IngestCommit], None]:
    """PostgreSQL refusing rows, the first of them by line if it names one."""

    def refuse(commit: IngestCommit) -> None:
        for line, row in enumerate(commit.messages, start=1):
            if row.event_id in poison:
                raise DataRefused(
                    "unsupported Unicode escape sequence",
                    sqlstate="22P05",
                    relation="telemetry" if named else None,
                    line=line if named else None,
                )

    return refuse


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("poison", [(1,), (100,), (37, 64, 65)])
async def test_a_poison_row_costs_itself_only(
    autojump_clock: trio.testing.MockClock, named: bool, poison: tuple[int, ...]
) -> None:
    world = WriterWorld()
    world.store.refuse = refuse_events(*poison, named=named)
    await world.write(world.batch(100, routes=(7,)))
    [commit] = world.store.commits.values()
    assert {m.event_id for m in commit.messages} == set(range(1, 101)) - set(poison)
    assert {d.event_id for d in commit.deliveries} == set(range(1, 101)) - set(poison)
    assert [r.reason for r in commit.rejections] == [Reason.UNSTORABLE] * len(poison)
    assert all("22P05" in r.detail for r in commit.rejections)
    good = 100 - len(poison)
    assert commit.counts == IngestCounts(
        received=100, stored=good, rejected=len(poison), matched=good
    )
    assert len(world.acknowledged) == 1


async def test_a_batch_that_is_refused_in_large_part_is_held_not_buried(
    autojump_clock: trio.testing.MockClock,
) -> None:
    world = WriterWorld()
    world.store.refuse = refuse_events(*range(1, 7), named=True)
    with trio.move_on_after(60):
        await world.write(world.batch(100))
    assert world.store.commits == {}
    assert world.acknowledged == []
    assert "5%" in (world.reports[-1] or "")


async def test_a_batch_refused_for_no_message_of_its_own_is_stored_in_pieces(
    autojump_clock: trio.testing.MockClock,
) -> None:
    def refuse(commit: IngestCommit) -> None:
        if len(commit.messages) > 30:
            raise DataRefused("too many", sqlstate="54000")

    world = WriterWorld()
    world.store.refuse = refuse
    await world.write(world.batch(100))
    [commit] = world.store.commits.values()
    assert commit.counts == IngestCounts(received=100, stored=100, rejected=0)


async def test_while_poison_is_likely_no_batch_is_tried_whole(
    autojump_clock: trio.testing.MockClock,
) -> None:
    world = WriterWorld()
    whole: list[int] = []
    bad = refuse_events(500, named=True)

    def refuse(commit: IngestCommit) -> None:
        if len(commit.messages) > PIECE_MESSAGES:
            whole.append(commit.sequence)
        bad(commit)

    world.store.refuse = refuse
    size = MAX_MESSAGES
    await world.write(*[world.batch(size) for _ in range(SUSPECT_COMMITS + 2)])
    assert len(world.store.commits) == SUSPECT_COMMITS + 2
    assert whole == [1, SUSPECT_COMMITS + 2]


async def test_what_is_committed_may_leave_the_ring_and_nothing_before() -> None:
    world = WriterWorld()
    first, second = world.batch(3), world.batch(2)

    def look(_commit: IngestCommit) -> None:
        assert world.recent.committed == []

    world.store.refuse = look
    await world.write(first, second)
    assert world.recent.committed == [5]


async def test_poison_at_the_end_of_a_batch_may_leave_the_ring_with_it() -> None:
    world = WriterWorld()
    world.store.refuse = refuse_events(4, named=True)
    await world.write(world.batch(4))
    assert world.recent.committed == [4]
