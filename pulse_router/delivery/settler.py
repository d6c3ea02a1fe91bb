"""The settler: writes how attempts ended, many in one transaction, and tells the lanes.

It holds what it cannot write; nothing that reached it is lost but by a crash, after which the
deliveries are attempted again under the same ids. It knows neither SQL nor destinations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import trio

from pulse_router.delivery.attempts import judge
from pulse_router.delivery.figures import DeliveryFigures
from pulse_router.delivery.ports import DeliveryStore
from pulse_router.delivery.worker import EndedAttempt
from pulse_router.domain.deliveries import Burial, Reschedule, Settlement
from pulse_router.domain.errors import Unavailable
from pulse_router.runtime.patience import outlast

MAX_BATCH: Final = 500
PACE_SECONDS: Final = 0.01
"""How far apart transactions begin under load; an idle settler writes at once."""


class Settler:
    """Settles attempts until its source closes.

    Args:
        store: The durable queue.
        figures: Where deliveries are counted.
        random: Gives numbers from 0 up to 1, for the jitter.
        report: Told what keeps it from writing, and None when it is over.
    """

    def __init__(
        self,
        store: DeliveryStore,
        *,
        figures: DeliveryFigures,
        random: Callable[[], float],
        report: Callable[[str | None], None],
    ) -> None:
        self._store = store
        self._figures = figures
        self._random = random
        self._report = report

    async def run(self, ended: trio.MemoryReceiveChannel[EndedAttempt]) -> None:
        """Settle until the workers have closed their ends, and all of it is written."""
        next_start_at = trio.current_time()
        with ended:
            async for first in ended:
                await trio.sleep_until(next_start_at)
                batch = [first, *_at_hand(ended, MAX_BATCH - 1)]
                next_start_at = trio.current_time() + PACE_SECONDS
                await self._settle(batch)

    async def _settle(self, batch: Sequence[EndedAttempt]) -> None:
        decisions = [
            judge(item.job.delivery, item.plan, item.outcome, self._random()) for item in batch
        ]
        settlement = Settlement(
            delivered=[decision for decision in decisions if isinstance(decision, int)],
            rescheduled=[decision for decision in decisions if isinstance(decision, Reschedule)],
            buried=[decision for decision in decisions if isinstance(decision, Burial)],
            disabled_routes=sorted(
                {item.job.lane.route_id for item in batch if item.outcome.disable_route}
            ),
        )
        await outlast(Unavailable, lambda: self._store.settle(settlement), report=self._report)
        self._figures.delivered += len(settlement.delivered)
        self._figures.dead_lettered += len(settlement.buried)
        for item, decision in zip(batch, decisions, strict=True):
            item.job.lane.settled(
                item.job.delivery.id,
                due_after_seconds=(
                    decision.retry_after_seconds if isinstance(decision, Reschedule) else None
                ),
            )


def _at_hand(ended: trio.MemoryReceiveChannel[EndedAttempt], limit: int) -> Sequence[EndedAttempt]:
    """Take what has gathered. Senders that wait are let in one by one as room is made."""
    taken: list[EndedAttempt] = []
    try:
        while len(taken) < limit:
            taken.append(ended.receive_nowait())
    except (trio.WouldBlock, trio.EndOfChannel):
        pass
    return taken
