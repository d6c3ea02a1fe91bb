"""The laws of the writer: stored before acknowledged, in order, whatever happens outside."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import trio

from pulse_router.domain.errors import LifeOver, Unavailable
from pulse_router.domain.messages import IngestCommit, IngestCounts
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.writer import (
    FEW_MESSAGES,
    INTERVAL_SECONDS,
    PRUNE_EVERY,
    SHORT_INTERVAL_SECONDS,
)
from pulse_router.ingest.writing.turns import LONE_ROWS, TURN_ROWS
from tests.support.ingest.writer import WriterWorld


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


async def test_a_life_that_is_over_acknowledges_nothing_and_ends() -> None:
    world = WriterWorld()
    world.store.is_over = True
    with pytest.RaisesGroup(LifeOver):
        await world.write(world.batch(1), world.batch(1))
    assert world.acknowledged == []
    assert world.store.commits == {}


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
    await world.write(*[world.batch(LONE_ROWS // 4, routes=(7,)) for _ in range(5)])
    rows = [commit.rows for commit in world.store.commits.values()]
    assert rows == [LONE_ROWS, LONE_ROWS, LONE_ROWS // 2]
    assert len(world.acknowledged) == 5


async def test_an_arrival_is_acknowledged_when_all_of_it_is_stored(
    autojump_clock: trio.testing.MockClock,
) -> None:
    world = WriterWorld()
    world.store.refuse = lambda _commit: assert_none_acknowledged(world)
    await world.write(world.batch(20, routes=tuple(range(TURN_ROWS // 4 - 1))))
    assert len(world.store.commits) == 5
    assert len(world.acknowledged) == 1
    assert world.recent.committed == [4, 8, 12, 16, 20]


async def test_many_deliveries_are_told_of_route_by_route_while_others_have_their_turn() -> None:
    world = WriterWorld()
    await world.write(world.batch(50, routes=(7, 8)))
    assert [{each.route_id for each in told} for told in world.receiver.told] == [{7}, {8}]
    assert [len(told) for told in world.receiver.told] == [50, 50]
    assert world.receiver.more == [True, False]


async def test_old_batches_are_pruned_now_and_then(
    autojump_clock: trio.testing.MockClock,
) -> None:
    world = WriterWorld(last_sequence=PRUNE_EVERY - 1)
    await world.write(world.batch(1))
    assert world.store.pruned == 1


async def test_what_is_committed_may_leave_the_ring_and_nothing_before() -> None:
    world = WriterWorld()
    first, second = world.batch(3), world.batch(2)

    def look(_commit: IngestCommit) -> None:
        assert world.recent.committed == []

    world.store.refuse = look
    await world.write(first, second)
    assert world.recent.committed == [5]
