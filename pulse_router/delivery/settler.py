"""The settler: writes how attempts ended, many in one transaction, and tells the lanes.

It holds what it cannot write; nothing that reached it is lost but by a crash, after which the
deliveries are attempted again under the same ids. It knows neither SQL nor destinations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import trio

from pulse_router.delivery.attempts import judge_failed
from pulse_router.delivery.figures import Cause, DeliveryFigures
from pulse_router.delivery.lane import Lane
from pulse_router.delivery.leases import UNCHECKED
from pulse_router.delivery.ports import DeliveryStore
from pulse_router.delivery.worker import EndedAttempt
from pulse_router.domain.deliveries import Burial, Reschedule, Settlement, Verdict
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.leases import LeaseLost, partition_of
from pulse_router.domain.queue_marks import OVERLAP_SECONDS
from pulse_router.runtime.patience import outlast

MAX_BATCH: Final = 500
"""How many attempts one transaction takes."""
MAX_DELIVERIES: Final = 2000
"""How many deliveries one transaction takes; the last batch may go beyond."""
PACE_SECONDS: Final = 0.01
"""How far apart transactions begin under load; an idle settler writes at once."""
SURE_SECONDS: Final = OVERLAP_SECONDS - 1.0
"""How long a transaction may take without looks at retries beginning from the start after it."""


class Settler:
    """Settles attempts until its source closes.

    Args:
        store: The durable queue.
        figures: Where deliveries are counted.
        random: Gives numbers from 0 up to 1, for the jitter.
        report: Told what keeps it from writing, and None when it is over.
        advance: Told of each lane whose attempts are settled.
    """

    def __init__(
        self,
        store: DeliveryStore,
        *,
        figures: DeliveryFigures,
        random: Callable[[], float],
        report: Callable[[str | None], None],
        advance: Callable[[Lane], None],
    ) -> None:
        self._store = store
        self._figures = figures
        self._random = random
        self._report = report
        self._advance = advance

    async def run(self, ended: trio.MemoryReceiveChannel[EndedAttempt]) -> None:
        """Settle until the workers have closed their ends, and all of it is written."""
        next_start_at = trio.current_time()
        with ended:
            async for first in ended:
                await trio.sleep_until(next_start_at)
                next_start_at = trio.current_time() + PACE_SECONDS
                await self._settle([first, *_at_hand(ended, first)])
                del first  # while nothing comes, nothing is kept in memory

    async def _settle(self, batch: Sequence[EndedAttempt]) -> None:
        """Write a batch; what another router has taken over is left to it."""
        kept = list(batch)
        while kept:
            epochs = _newest_epochs(kept)
            kept = [item for item in kept if _is_current(item, epochs)]
            try:
                await self._write(kept, epochs)
            except LeaseLost as lost:
                kept = [item for item in kept if _partition(item) not in lost.partitions]
            else:
                break
        written = set(kept)
        for item in batch:
            item.job.lane.let_go([delivery.id for delivery in item.job.deliveries])
            if item not in written:
                item.job.lane.marks.forget()
                item.job.lane.wake()
        for lane in {item.job.lane: None for item in batch}:
            self._advance(lane)

    async def _write(self, batch: Sequence[EndedAttempt], epochs: Mapping[int, int]) -> None:
        delivered: list[int] = []
        rescheduled: list[tuple[Lane, Reschedule]] = []
        buried: list[Burial] = []
        for item in batch:
            if item.outcome.verdict is Verdict.DELIVERED:
                delivered += [delivery.id for delivery in item.job.deliveries]
                continue
            for decision in self._judge(item):
                if isinstance(decision, Reschedule):
                    rescheduled.append((item.job.lane, decision))
                else:
                    buried.append(decision)
        settlement = Settlement(
            delivered=delivered,
            rescheduled=[made for _, made in rescheduled],
            buried=buried,
            disabled_routes=sorted(
                {item.job.lane.route_id for item in batch if item.outcome.disable_route}
            ),
            epochs=epochs,
        )
        began_at = trio.current_time()
        await outlast(Unavailable, lambda: self._store.settle(settlement), report=self._report)
        self._count(settlement)
        is_late = trio.current_time() - began_at > SURE_SECONDS
        for lane, made in rescheduled:
            if is_late:
                lane.marks.forget()
            lane.note_due(made.retry_after_seconds, now=trio.current_time())

    def _judge(self, item: EndedAttempt) -> Sequence[Reschedule | Burial]:
        # One random number for all of a batch, so that they come together again.
        random = self._random()
        return [
            judge_failed(delivery, item.job.plan, item.outcome, random, item.ended_at)
            for delivery in item.job.deliveries
        ]

    def _count(self, settlement: Settlement) -> None:
        self._figures.delivered += len(settlement.delivered)
        self._figures.dead_lettered += len(settlement.buried)
        for burial in settlement.buried:
            status = None if burial.record is None else burial.record.status
            self._figures.causes[Cause.of_status(status)] += 1


def _partition(item: EndedAttempt) -> int:
    return partition_of(item.job.lane.route_id)


def _newest_epochs(batch: Sequence[EndedAttempt]) -> dict[int, int]:
    """Find the epochs under which the attempts were begun; where nobody leases, there is none."""
    epochs: dict[int, int] = {}
    for item in batch:
        if item.job.epoch != UNCHECKED:
            partition = _partition(item)
            epochs[partition] = max(item.job.epoch, epochs.get(partition, UNCHECKED))
    return epochs


def _is_current(item: EndedAttempt, epochs: Mapping[int, int]) -> bool:
    """Tell whether no newer epoch is known: what was begun in an older one was lost meanwhile."""
    return item.job.epoch >= epochs.get(_partition(item), UNCHECKED)


def _at_hand(
    ended: trio.MemoryReceiveChannel[EndedAttempt], first: EndedAttempt
) -> Sequence[EndedAttempt]:
    """Take what has gathered. Senders that wait are let in one by one as room is made."""
    taken: list[EndedAttempt] = []
    deliveries = len(first.job.deliveries)
    try:
        while len(taken) < MAX_BATCH and deliveries < MAX_DELIVERIES:
            taken.append(ended.receive_nowait())
            deliveries += len(taken[-1].job.deliveries)
    except (trio.WouldBlock, trio.EndOfChannel):
        pass
    return taken
