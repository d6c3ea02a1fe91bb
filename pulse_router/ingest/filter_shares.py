"""Sees to it that no tenant's payload filters take more of the router than their share.

A route whose filter does is set aside for a while: its filter is not asked, and messages do not
match it meanwhile. They are counted. It knows nothing of messages.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

import attrs
import structlog
import trio

from pulse_router.domain.payloads import Predicate
from pulse_router.domain.routes import MatchableRoute, RouteFault
from pulse_router.runtime.meter import FADES_SECONDS, Meter
from pulse_router.runtime.seldom import Seldom

DEAR_SECONDS: Final = 0.000_25
"""What a filter may take on one message without being charged: a hundred times what most take."""
SHARE: Final = 0.05
"""How much of the router's time the dear filters of a tenant may take."""
MESSAGE_SECONDS: Final = 0.02
"""How much of it they may take on one message."""
WATCHED_MESSAGES: Final = 16
"""With how many messages each filter is measured after a dear one."""
PAUSE_SECONDS: Final = 60.0
MAX_PAUSE_SECONDS: Final = 3600.0
"""How long a route is set aside: at first, and at last, when it comes to that again and again."""
PROBATION: Final = 0.1
"""What part of its tenant's share a route may take that was set aside before."""
MAX_ROUTES: Final = 1024
"""Of how many routes it is remembered; of more, what was longest ago is forgotten."""

_Key: TypeAlias = tuple[str, int, Predicate | None]
"""A route of a tenant, with one filter: with another it begins anew."""

_log = structlog.get_logger()


@attrs.define
class _Aside:
    """A route that is set aside, or was.

    Attributes:
        accepts: The filter that it is set aside for; another one is not.
        until: Until when, on the clock.
        pause_seconds: For how long, this time.
        problem: Why, in a sentence.
        at: When it was set aside.
        unasked: How many messages its filter was not asked of.
    """

    accepts: Predicate | None
    until: float
    pause_seconds: float
    problem: str
    at: datetime
    unasked: int = 0


class FilterShares:
    """Charges what filters take to their tenants, and sets aside those that take too much.

    Args:
        clock: Gives the time, in seconds, on a clock that never goes back.
        utc_now: Gives the time.

    Attributes:
        unasked: How many times a filter was not asked of a message, or not to the end: its route
            is set aside, or the message has cost enough.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = trio.current_time,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.unasked = 0
        self._clock = clock
        self._utc_now = utc_now
        self._of_tenants: Meter[str] = Meter(clock=clock)
        self._of_routes: Meter[_Key] = Meter(clock=clock)
        self._watched: dict[str, int] = {}
        self._aside: OrderedDict[int, _Aside] = OrderedDict()
        self._seldom = Seldom(clock=clock)

    @property
    def set_aside(self) -> int:
        """How many routes are set aside now."""
        now = self._clock()
        return sum(aside.until > now for aside in self._aside.values())

    def watch(self, tenant_id: str) -> None:
        """Note that a message was dear: with the next each filter of its tenant is measured."""
        if len(self._watched) >= MAX_ROUTES:
            self._watched.clear()
        self._watched[tenant_id] = WATCHED_MESSAGES

    def is_watched(self, tenant_id: str) -> bool:
        """Tell whether each filter of a tenant is to be measured with this message."""
        if not self._watched or tenant_id not in self._watched:
            return False
        left = self._watched[tenant_id] - 1
        if left < 0:
            del self._watched[tenant_id]
            return False
        self._watched[tenant_id] = left
        return True

    def may_ask(self, route: MatchableRoute) -> bool:
        """Tell whether a route's filter may be asked; that it was not is counted."""
        aside = self._aside.get(route.id)
        if aside is None or aside.accepts is not route.accepts or aside.until <= self._clock():
            return True
        aside.unasked += 1
        self.unasked += 1
        self.watch(route.tenant_id)  # until it comes back, and beyond
        return False

    def charge(self, route: MatchableRoute, seconds: float) -> None:
        """Charge what a route's filter took on a message, where it was dear.

        When its tenant's filters then have taken more than their share, the dearest is set aside.
        """
        if seconds < DEAR_SECONDS:
            return
        self.watch(route.tenant_id)
        key = route.tenant_id, route.id, route.accepts
        of_route = self._of_routes.charge(key, seconds)
        of_tenant = self._of_tenants.charge(route.tenant_id, seconds)
        if of_tenant > SHARE * FADES_SECONDS:
            ranked = self._of_routes.dearest(MAX_ROUTES)
            key = next(each for each, _ in ranked if each[0] == route.tenant_id)
            self._set_aside(key, self._of_routes.of(key))
        elif of_route > SHARE * FADES_SECONDS * PROBATION and self._was_aside(route):
            self._set_aside(key, of_route)

    def leave_out(self, route: MatchableRoute) -> None:
        """Count that a filter was not asked, for those before it took all that a message may."""
        self.unasked += 1
        if self._seldom.is_due((route.tenant_id, "left out")):
            _log.warning(
                "a tenant's payload filters take too long on one message: the others do not match",
                tenant_id=route.tenant_id,
                route_id=route.id,
            )

    def of_route(self, route_id: int) -> RouteFault | None:
        """Tell why a route is set aside, where it is."""
        aside = self._aside.get(route_id)
        if aside is None or aside.until <= self._clock():
            return None
        return RouteFault(aside.problem, aside.at)

    def unasked_of(self, route_id: int) -> int:
        """Tell of how many messages a route's filter was not asked while it was set aside."""
        aside = self._aside.get(route_id)
        return 0 if aside is None else aside.unasked

    def _was_aside(self, route: MatchableRoute) -> bool:
        aside = self._aside.get(route.id)
        return aside is not None and aside.accepts is route.accepts

    def _set_aside(self, key: _Key, took_seconds: float) -> None:
        tenant_id, route_id, accepts = key
        self._of_tenants.charge(tenant_id, -self._of_routes.of(key))
        self._of_routes.forget(key)
        before = self._aside.pop(route_id, None)
        is_again = before is not None and before.accepts is accepts
        pause = PAUSE_SECONDS
        if before is not None and is_again:
            pause = min(2 * before.pause_seconds, MAX_PAUSE_SECONDS)
        now = self._utc_now()
        until = (now + timedelta(seconds=pause)).replace(microsecond=0)
        problem = (
            f"its payload filter has taken {took_seconds:.2g} s of late, more than its tenant's"
            f" share: it is set aside until {until:%Y-%m-%dT%H:%M:%SZ}, or until it is changed;"
            " messages do not match it meanwhile"
        )
        self._aside[route_id] = _Aside(
            accepts,
            self._clock() + pause,
            pause,
            problem,
            now,
            0 if before is None else before.unasked,
        )
        if len(self._aside) > MAX_ROUTES:
            self._aside.popitem(last=False)
        if self._seldom.is_due(route_id):
            _log.warning(
                "a route is set aside: its payload filter takes too long",
                tenant_id=tenant_id,
                route_id=route_id,
                seconds=round(took_seconds, 3),
                pause_seconds=pause,
            )
