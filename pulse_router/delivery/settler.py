"""The settler: writes how attempts ended, many in one transaction, and tells the lanes.

It holds what it cannot write; nothing that reached it is lost but by a crash, after which the
deliveries are attempted again under the same ids. It knows neither SQL nor destinations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final

import structlog
import trio

from pulse_router.delivery.attempts import judge_failed
from pulse_router.delivery.ends import End, as_settlement
from pulse_router.delivery.figures import Cause, DeliveryFigures
from pulse_router.delivery.lane import Lane
from pulse_router.delivery.leases import UNCHECKED
from pulse_router.delivery.ports import DeliveryStore
from pulse_router.delivery.worker import EndedAttempt
from pulse_router.domain.deliveries import Reschedule, Settlement
from pulse_router.domain.errors import REFUSALS, Unavailable
from pulse_router.domain.leases import LeaseLost, partition_of
from pulse_router.domain.queue_marks import OVERLAP_SECONDS
from pulse_router.runtime.halving import in_halves
from pulse_router.runtime.patience import outlast
from pulse_router.runtime.seldom import Seldom
from pulse_router.runtime.stride import Stride

MAX_BATCH: Final = 500
"""How many attempts one transaction takes."""
MAX_DELIVERIES: Final = 2000
"""How many deliveries one transaction takes; the last batch may go beyond."""
REFUSED_SECONDS: Final = 60.0
"""How long a delivery rests whose end PostgreSQL will not have written in any words."""
PACE_SECONDS: Final = 0.01
"""How far apart transactions begin under load; an idle settler, or a full one, writes at once."""
SURE_SECONDS: Final = OVERLAP_SECONDS - 1.0
"""How long a transaction may take without looks at retries beginning from the start after it."""

_LONGEST: Final = 2**31 - 1

_log = structlog.get_logger()


class Settler:
    """Settles attempts until its source closes.

    Args:
        store: The durable queue.
        figures: Where deliveries are counted.
        random: Gives numbers from 0 up to 1, for the jitter.
        report: Told what keeps it from writing, and None when it is over.
        let_go: Told what of a lane is no longer in hand.
        advance: Told of each lane whose attempts are settled.
        on_lost: Told of partitions that another router turns out to have taken over.
    """

    def __init__(
        self,
        store: DeliveryStore,
        *,
        figures: DeliveryFigures,
        random: Callable[[], float],
        report: Callable[[str | None], None],
        let_go: Callable[[Lane, Collection[int]], None],
        advance: Callable[[Lane], None],
        on_lost: Callable[[Collection[int]], None],
    ) -> None:
        self._store = store
        self._figures = figures
        self._random = random
        self._report = report
        self._seldom = Seldom()
        self._let_go = let_go
        self._advance = advance
        self._on_lost = on_lost
        self._is_full = False
        self._gathering = trio.lowlevel.ParkingLot()

    def hurry(self) -> None:
        """Note that no more ends can wait: they are written without waiting for others."""
        self._is_full = True
        self._gathering.unpark()

    async def run(self, ended: trio.MemoryReceiveChannel[EndedAttempt]) -> None:
        """Settle until the workers have closed their ends, and all of it is written."""
        next_start_at = trio.current_time()
        with ended:
            async with trio.open_nursery() as resting:
                async for first in ended:
                    await self._gather_until(next_start_at)
                    next_start_at = trio.current_time() + PACE_SECONDS
                    left = await self._settle([first, *_at_hand(ended, first)])
                    if left:
                        resting.start_soon(self._let_go_later, left)
                    del first  # while nothing comes, nothing is kept in memory
                resting.cancel_scope.cancel()

    async def _gather_until(self, at: float) -> None:
        if not self._is_full:
            with trio.move_on_at(at):
                await self._gathering.park()
        self._is_full = False

    async def _settle(self, batch: Sequence[EndedAttempt]) -> Sequence[End]:
        """Write a batch; what another router has taken over is left to it.

        Returns:
            What PostgreSQL will not have written: it stays pending, and in hand.
        """
        kept = batch
        left: Sequence[End] = ()
        while kept:
            epochs, kept = _current(kept)
            try:
                left = await self._write(kept, epochs)
            except LeaseLost as lost:
                self._on_lost(lost.partitions)
                kept = [item for item in kept if _partition(item) not in lost.partitions]
            else:
                break
        ended = _by_lane(batch, left)
        for lane, ids in ended.items():  # all of them, before any of them is looked at
            self._let_go(lane, ids)
        if len(kept) < len(batch):
            written = set(kept)
            for lane in {item.turn.lane: None for item in batch if item not in written}:
                lane.marks.forget()
                lane.wake()
        await self._advance_each(ended)
        return left

    async def _advance_each(self, lanes: Iterable[Lane]) -> None:
        stride = Stride()
        for lane in lanes:
            self._advance(lane)
            await stride.step()

    async def _write(self, batch: Sequence[EndedAttempt], epochs: Mapping[int, int]) -> list[End]:
        """Write what can be written, and give what PostgreSQL will not have.

        Each that it refuses as data, or by a constraint, is found and written in plainer words;
        the others do not wait for it.
        """
        left: list[End] = []

        async def write(ends: Sequence[End]) -> None:
            settlement = as_settlement(ends, epochs)
            began_at = trio.current_time()
            await outlast(Unavailable, lambda: self._store.settle(settlement), report=self._report)
            self._count(settlement)
            is_late = trio.current_time() - began_at > SURE_SECONDS
            for end in ends if settlement.rescheduled else ():
                if isinstance(end.decision, Reschedule):
                    if is_late:
                        end.lane.marks.forget()
                    end.lane.note_due(end.decision.retry_after_seconds, now=trio.current_time())

        async def write_plainly(end: End, error: Exception) -> None:
            self._tell(end, error)
            try:
                await write([end.in_plain_words()])
            except REFUSALS:
                left.append(end)

        ends: list[End] = []
        stride = Stride()
        for item in batch:
            self._add_ends(item, ends)
            await stride.step()
        await in_halves(ends, write, refusals=REFUSALS, refused=write_plainly)
        return left

    def _tell(self, end: End, error: Exception) -> None:
        if self._seldom.is_due(end.lane.route_id):
            _log.error(
                "PostgreSQL refuses what became of a delivery",
                route_id=end.lane.route_id,
                delivery_id=end.delivery_id,
                problem=str(error),
            )

    async def _let_go_later(self, left: Sequence[End]) -> None:
        """Have what could not be written attempted again, and not at once."""
        await trio.sleep(REFUSED_SECONDS)
        for end in left:
            end.lane.drop([end.delivery_id])
        await self._advance_each({end.lane: None for end in left})

    def _add_ends(self, item: EndedAttempt, ends: list[End]) -> None:
        """Add the ends of what was attempted at once."""
        lane, outcome = item.turn.lane, item.outcome
        if item.ended_at is None:  # all of it is delivered
            milliseconds = min(int(outcome.duration_seconds * 1000), _LONGEST)
            ends += [
                End(lane, delivery.id, False, outcome.status, milliseconds)
                for delivery in item.turn.job.deliveries
            ]
            return
        # One random number for all of a batch, so that they come together again.
        random = self._random()
        for delivery in item.turn.job.deliveries:
            decision = judge_failed(delivery, item.turn.job.plan, outcome, random, item.ended_at)
            ends.append(End(lane, decision, outcome.disable_route))

    def _count(self, settlement: Settlement) -> None:
        self._figures.delivered += len(settlement.delivered)
        self._figures.dead_lettered += len(settlement.buried)
        for burial in settlement.buried:
            status = None if burial.record is None else burial.record.status
            self._figures.causes[Cause.of_status(status)] += 1


def _by_lane(batch: Sequence[EndedAttempt], left: Sequence[End]) -> Mapping[Lane, Sequence[int]]:
    """List what is no longer in hand, by lane."""
    left_ids = {end.delivery_id for end in left}
    ended: defaultdict[Lane, list[int]] = defaultdict(list)
    for item in batch:
        ids = ended[item.turn.lane]
        ids += [each.id for each in item.turn.job.deliveries if each.id not in left_ids]
    return ended


def _partition(item: EndedAttempt) -> int:
    return partition_of(item.turn.lane.route_id)


def _current(
    batch: Sequence[EndedAttempt],
) -> tuple[Mapping[int, int], Sequence[EndedAttempt]]:
    """Find the epochs under which attempts were begun, by partition, and which are of the newest.

    What was begun in an older one was lost meanwhile. Where nobody leases, there is no epoch.
    """
    begun = {(item.turn.lane.route_id, item.turn.job.epoch) for item in batch}
    epochs: dict[int, int] = {}
    for route_id, epoch in begun:
        if epoch != UNCHECKED:
            partition = partition_of(route_id)
            epochs[partition] = max(epoch, epochs.get(partition, UNCHECKED))
    if all(epoch >= epochs.get(partition_of(route_id), UNCHECKED) for route_id, epoch in begun):
        return epochs, batch
    return epochs, [
        item for item in batch if item.turn.job.epoch >= epochs.get(_partition(item), UNCHECKED)
    ]


def _at_hand(
    ended: trio.MemoryReceiveChannel[EndedAttempt], first: EndedAttempt
) -> Sequence[EndedAttempt]:
    """Take what has gathered. Senders that wait are let in one by one as room is made."""
    taken: list[EndedAttempt] = []
    deliveries = len(first.turn.job.deliveries)
    try:
        while len(taken) < MAX_BATCH and deliveries < MAX_DELIVERIES:
            taken.append(ended.receive_nowait())
            deliveries += len(taken[-1].turn.job.deliveries)
    except (trio.WouldBlock, trio.EndOfChannel):
        pass
    return taken
