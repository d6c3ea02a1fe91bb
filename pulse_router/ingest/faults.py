"""Where what a message or a route's filter holds ends: what it raises becomes a fault of its own.

It counts them, says them seldom, and keeps the newest of each route. It says where it happened and
what kind of error it was, never its text: that may hold what the message does.
"""

from __future__ import annotations

import traceback
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import structlog
import trio

from pulse_router.domain.messages import Reason
from pulse_router.domain.routes import MatchableRoute, RouteFault
from pulse_router.ingest.payload import Refused
from pulse_router.runtime.seldom import Seldom

MAX_ROUTES: Final = 1024
"""Of how many routes the newest fault is kept."""
BEYOND_AGAIN_SECONDS: Final = 10.0
"""How often it is noted of a tenant that a message of its has matched too many routes."""
_FRAMES: Final = 3

_log = structlog.get_logger()


class IngestFaults:
    """What failed inside of the router on a value from outside.

    Args:
        utc_now: Gives the time.
        clock: Gives seconds that never go back, for what is said seldom.

    Attributes:
        filters: How many times a payload filter could not judge a message, which then did not
            match its route.
        messages: How many messages could not be read, or not even be kept as refused ones.
    """

    def __init__(
        self,
        *,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = trio.current_time,
    ) -> None:
        self.filters = 0
        self.messages = 0
        self._utc_now = utc_now
        self._of_routes: OrderedDict[int, RouteFault] = OrderedDict()
        self._seldom = Seldom(clock=clock)
        self._seldom_beyond = Seldom(BEYOND_AGAIN_SECONDS, clock=clock)

    def filter_failed(self, route: MatchableRoute, error: Exception) -> None:
        """Note that a route's payload filter raised on a message."""
        self.filters += 1
        name = type(error).__name__
        self._note_filter(route, f"the payload filter failed on a message ({name})")
        if self._seldom.is_due((route.id, name)):
            _log.error(
                "a payload filter failed on a message, which does not match its route",
                route_id=route.id,
                tenant_id=route.tenant_id,
                problem=name,
                at=_place_of(error),
            )

    def filter_gave_up(self, route: MatchableRoute, problem: str) -> None:
        """Note that a route's payload filter ended before it knew, for it went too far."""
        self._note_filter(route, f"the payload filter gave up on a message ({problem})")

    def filter_left_out(self, route: MatchableRoute) -> None:
        """Note that a route's payload filter was not asked, for others had taken too long."""
        self._note_filter(route, "other payload filters took all that may be spent on a message")

    def beyond_limit(self, tenant_id: str, routes: Sequence[MatchableRoute], most: int) -> None:
        """Note that a message has matched more routes than its tenant's may: these got nothing."""
        if not self._seldom_beyond.is_due(tenant_id):
            return
        fault = RouteFault(
            f"a message matched more than {most} routes (limits.matches_per_message), and the"
            " oldest of them had it: narrow the topic filters, or have the bound raised",
            self._utc_now(),
        )
        for route in routes[:MAX_ROUTES]:
            self._note(route.id, fault)
        _log.warning(
            "a message matches more routes than its tenant's may; the newest go without",
            tenant_id=tenant_id,
            most=most,
            without=len(routes),
            route_id=routes[0].id,
        )

    def _note_filter(self, route: MatchableRoute, problem: str) -> None:
        self._note(route.id, RouteFault(f"{problem}, which was not delivered", self._utc_now()))

    def _note(self, route_id: int, fault: RouteFault) -> None:
        self._of_routes[route_id] = fault
        self._of_routes.move_to_end(route_id)
        if len(self._of_routes) > MAX_ROUTES:
            self._of_routes.popitem(last=False)

    def message_failed(self, topic: str, error: Exception) -> Refused:
        """Note that a message could not be read.

        Returns:
            Why it is refused.
        """
        self.messages += 1
        name = type(error).__name__
        if self._seldom.is_due(name):
            _log.error(
                "a message failed inside, and is refused",
                topic=topic,
                problem=name,
                at=_place_of(error),
            )
        return Refused(Reason.UNSTORABLE, f"the router failed on it ({name}); its log says where")

    def of_route(self, route_id: int) -> RouteFault | None:
        """Give the newest fault of a route's filter; None when there was none."""
        return self._of_routes.get(route_id)


def _place_of(error: Exception) -> str:
    """Say where an error was raised, innermost last."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames)
