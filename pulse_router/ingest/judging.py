"""Which of its tenant's routes a message passes, within what their payload filters may take.

Most messages are judged in one go. Where that would take long, each filter is asked by itself: it
is measured, it ends where it costs too much, and others have their turn in between. What costs
more than a little is asked beside the loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from pulse_router.domain.filters.weight import FUEL_PER_FILTER, Fuel, TooDear
from pulse_router.domain.payloads import Payload
from pulse_router.domain.routes import MatchableRoute
from pulse_router.ingest.faults import IngestFaults
from pulse_router.ingest.filter_shares import MESSAGE_SECONDS, FilterShares
from pulse_router.ingest.tenant_costs import TenantCosts
from pulse_router.runtime.aside import Aside
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
        self._aside = Aside()

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
                accepted, took = await self._ask(route, view)
                if accepted:
                    passed.append(route)
                left -= took
                self._shares.charge(route, took)
                await self._stride.step()
        self._costs.charge(candidates[0].tenant_id, MESSAGE_SECONDS - left)
        return passed

    async def _ask(self, route: MatchableRoute, view: Payload) -> tuple[bool, float]:
        """Ask one filter; when it fails, that costs this message's match with this route.

        Returns:
            Whether the payload passes it, and for how many seconds it has worked.
        """
        accepted, took = self._accepts(route, view, FUEL_AT_ONCE)
        if isinstance(accepted, TooDear):  # the loop goes on meanwhile
            accepted, more = await self._aside.run(
                partial(self._accepts, route, view, FUEL_PER_FILTER)
            )
            took += more
        if isinstance(accepted, TooDear):
            self._faults.filter_gave_up(route, str(accepted))
            self._shares.unasked += 1
        elif isinstance(accepted, Exception):
            self._faults.filter_failed(route, accepted)
        return accepted is True, took

    def _accepts(
        self, route: MatchableRoute, view: Payload, fuel: int
    ) -> tuple[bool | Exception, float]:
        """Ask a filter within some fuel; give what it says or raises, and how long it worked."""
        started = self._work_clock()
        self._fuel.left = fuel
        said: bool | Exception
        try:
            said = route.accepts is None or bool(route.accepts(view))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this route's
            said = error
        return said, self._work_clock() - started
