"""Which of its tenant's routes a message passes, within what their payload filters may take.

Most messages are judged in one go. Where that would take long, each filter is asked by itself: it
is measured, it ends where it costs too much, and others have their turn in between.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from pulse_router.domain.filters.weight import FUEL_PER_FILTER, Fuel, TooDear
from pulse_router.domain.routes import MatchableRoute, Payload
from pulse_router.ingest.faults import IngestFaults
from pulse_router.ingest.filter_shares import MESSAGE_SECONDS, FilterShares
from pulse_router.ingest.tenant_costs import TenantCosts
from pulse_router.runtime.stride import STRIDE_SECONDS, Stride

MANY: Final = 32
"""More filters than these are not asked in one go."""
FUEL_AT_ONCE: Final = 1_000
"""What filters that are may use up together."""
DEAR_AT_ONCE_SECONDS: Final = 0.000_5
"""What they may take together before each is measured."""


class Judge:
    """Asks filters.

    Args:
        faults: Told of filters that fail.
        shares: Whose filters take how much.
        costs: Who is told what was taken with care.
        fuel: What all filters were compiled with.
        clock: Gives the time in seconds, for a look that costs next to nothing.
        work_clock: Gives how long this thread has worked: no filter pays for other processes.
    """

    def __init__(
        self,
        faults: IngestFaults,
        shares: FilterShares,
        costs: TenantCosts,
        fuel: Fuel,
        *,
        clock: Callable[[], float] = time.perf_counter,
        work_clock: Callable[[], float] = time.thread_time,
    ) -> None:
        self._faults = faults
        self._shares = shares
        self._costs = costs
        self._fuel = fuel
        self._clock = clock
        self._work_clock = work_clock
        self._stride = Stride(STRIDE_SECONDS, clock=clock)

    def judge(
        self, candidates: Sequence[MatchableRoute], view: Payload
    ) -> Sequence[MatchableRoute] | None:
        """Give those whose filter a payload passes; None when it is to be done with care.

        Args:
            candidates: Routes of one tenant, at least one.
            view: The payload.
        """
        if len(candidates) > MANY or self._shares.is_watched(candidates[0].tenant_id):
            return None
        started = self._clock()
        self._fuel.left = FUEL_AT_ONCE
        try:
            passed = [r for r in candidates if r.accepts is None or r.accepts(view)]
        except Exception:  # noqa: BLE001 - whose it is, and what, is found out with care
            return None
        if self._clock() - started > DEAR_AT_ONCE_SECONDS:
            self._shares.watch(candidates[0].tenant_id)
        return passed

    async def judge_with_care(
        self, candidates: Sequence[MatchableRoute], view: Payload
    ) -> Sequence[MatchableRoute]:
        """Give those whose filter a payload passes, and let others have their turn meanwhile."""
        passed: list[MatchableRoute] = []
        left = MESSAGE_SECONDS
        self._stride.begin()
        for route in candidates:
            if route.accepts is None:
                passed.append(route)
            elif left < 0:
                self._faults.filter_left_out(route)
                self._shares.leave_out(route)
            elif self._shares.may_ask(route):
                started = self._work_clock()
                if self._accepts(route, view):
                    passed.append(route)
                took = self._work_clock() - started
                left -= took
                self._shares.charge(route, took)
                await self._stride.step()
        self._costs.charge(candidates[0].tenant_id, MESSAGE_SECONDS - left)
        return passed

    def _accepts(self, route: MatchableRoute, view: Payload) -> bool:
        """Ask one filter; when it fails, that costs this message's match with this route."""
        self._fuel.left = FUEL_PER_FILTER
        try:
            return route.accepts is None or route.accepts(view)
        except TooDear as error:
            self._faults.filter_gave_up(route, str(error))
            self._shares.unasked += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this route's
            self._faults.filter_failed(route, error)
        return False
