"""Poison costs itself only: what is refused is found, buried, and holds up nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio

from pulse_router.domain.errors import DataRefused
from pulse_router.domain.messages import IngestCommit, IngestCounts, Reason
from pulse_router.ingest.poison import PIECE_MESSAGES
from pulse_router.ingest.writer import SUSPECT_COMMITS
from pulse_router.ingest.writing.turns import LONE_ROWS
from tests.support.ingest.writer import WriterWorld


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
    size = LONE_ROWS
    await world.write(*[world.batch(size) for _ in range(SUSPECT_COMMITS + 2)])
    assert len(world.store.commits) == SUSPECT_COMMITS + 2
    assert whole == [1, SUSPECT_COMMITS + 2]


async def test_poison_at_the_end_of_a_batch_may_leave_the_ring_with_it() -> None:
    world = WriterWorld()
    world.store.refuse = refuse_events(4, named=True)
    await world.write(world.batch(4))
    assert world.recent.committed == [4]
