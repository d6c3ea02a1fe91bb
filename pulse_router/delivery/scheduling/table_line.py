"""Lanes that need the database: served by kind of endpoint, by tenant, and as they came.

It knows neither what they need of it nor who serves them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

import trio

from pulse_router.delivery.lane import Lane
from pulse_router.domain.lanes.control import Trust
from pulse_router.domain.lanes.shares import FairLine, Places, may_take
from pulse_router.domain.lanes.tenants import Tenant

FETCHERS: Final = 5
"""How many queries lanes make at once, however many there are; those of one tenant, one less."""


class TableLine:
    """The lanes that need the database, and those that are served.

    Args:
        may_be_served: Tells whether a tenant's lanes of a kind may be served now.
        settle_tenant: Finds out whose a lane is, if that is known by now.
    """

    def __init__(
        self,
        may_be_served: Callable[[Tenant, Trust], bool],
        settle_tenant: Callable[[Lane], None],
    ) -> None:
        self._may_be_served = may_be_served
        self._settle_tenant = settle_tenant
        self._places = Places(FETCHERS)
        self._tenants = {trust: FairLine[Tenant]() for trust in Trust}
        self._lanes: dict[tuple[Trust, Tenant], deque[Lane]] = {}
        self._kinds = deque(Trust)
        self._served: dict[Lane, tuple[Tenant, float]] = {}

    def put(self, lane: Lane) -> None:
        """Note that a lane needs the database."""
        trust, tenant = lane.health.trust, lane.tenant
        lanes = self._lanes.get((trust, tenant))
        if lanes is None:
            lanes = self._lanes[trust, tenant] = deque()
            self._places.join(tenant.fetches)
            self._tenants[trust].put(tenant, tenant.fetches)
        lanes.append(lane)

    def of(self, tenant: Tenant) -> Iterator[Lane]:
        """Give a tenant's lanes that are not served yet."""
        for trust in Trust:
            yield from self._lanes.get((trust, tenant), ())

    def has_next(self) -> bool:
        """Tell whether some lane may be served."""
        return bool(self._lanes) and any(self._next_tenant(trust) for trust in self._kinds)

    def take(self) -> Lane | None:
        """Serve the lane that is next; one kind after the other, so that none starves."""
        for trust in list(self._kinds):
            while (tenant := self._next_tenant(trust)) is not None:
                lane = self._pop(trust, tenant)
                self._settle_tenant(lane)
                if lane.tenant is not tenant:  # whose it is was not known when it came
                    self.put(lane)
                    continue
                self._kinds.remove(trust)
                self._kinds.append(trust)
                self._places.begin(tenant.fetches)
                self._update(tenant)
                self._served[lane] = tenant, trio.current_time()
                return lane
        return None

    def end(self, lane: Lane) -> None:
        """Note that a lane has been served."""
        tenant, began_at = self._served.pop(lane)
        self._places.end(tenant.fetches, trio.current_time() - began_at)
        self._update(tenant)

    def _next_tenant(self, trust: Trust) -> Tenant | None:
        for tenant in self._tenants[trust]:
            if not may_take(tenant.fetches.held, self._places.free):
                break  # and those that come later hold as many
            if self._may_be_served(tenant, trust):
                return tenant
        return None

    def _pop(self, trust: Trust, tenant: Tenant) -> Lane:
        lanes = self._lanes[trust, tenant]
        lane = lanes.popleft()
        if not lanes:
            del self._lanes[trust, tenant]
            self._tenants[trust].remove(tenant)
        return lane

    def _update(self, tenant: Tenant) -> None:
        for line in self._tenants.values():
            line.update(tenant)
