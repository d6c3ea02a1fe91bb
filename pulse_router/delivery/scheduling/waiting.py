"""Lanes that wait for a worker: by what is known of their endpoints, then by tenant.

It knows neither workers nor who may have one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from pulse_router.delivery.lane import Lane
from pulse_router.domain.lanes.control import Trust
from pulse_router.domain.lanes.shares import FairLine
from pulse_router.domain.lanes.tenants import Tenant


class Line:
    """Lanes of a tenant: those with fewer under way first, then those that came first."""

    def __init__(self) -> None:
        self._by_in_flight: dict[int, OrderedDict[Lane, None]] = {}
        self._place_of: dict[Lane, int] = {}

    def __len__(self) -> int:
        """Tell how many wait."""
        return len(self._place_of)

    def put(self, lane: Lane) -> None:
        """Note that a lane waits, which has its ticket."""
        in_flight = self._place_of[lane] = lane.endpoint.in_flight
        waiting = self._by_in_flight.get(in_flight)
        if waiting is None:
            waiting = self._by_in_flight[in_flight] = OrderedDict()
        waiting[lane] = None

    def remove(self, lane: Lane) -> None:
        """Note that a lane waits no longer."""
        in_flight = self._place_of.pop(lane)
        waiting = self._by_in_flight[in_flight]
        del waiting[lane]
        if not waiting:
            del self._by_in_flight[in_flight]

    def move(self, lane: Lane) -> None:
        """Note how many a lane that waits has under way now."""
        if self._place_of[lane] != lane.endpoint.in_flight:
            self.remove(lane)
            self.put(lane)

    @property
    def first(self) -> Lane:
        """The lane that is first; there must be one."""
        by_in_flight = self._by_in_flight
        return next(iter(by_in_flight[min(by_in_flight)]))


class _Kind:
    """Lanes whose endpoints are of one kind."""

    def __init__(self) -> None:
        self.tenants = FairLine[Tenant]()
        self.lines: dict[Tenant, Line] = {}
        self.count = 0


class Waiting:
    """The lanes that wait."""

    def __init__(self) -> None:
        self._kinds = [_Kind() for _ in Trust]
        self._kind_of: dict[Lane, _Kind] = {}

    def __contains__(self, lane: Lane) -> bool:
        """Tell whether a lane waits."""
        return lane in self._kind_of

    def is_alone(self, lane: Lane) -> bool:
        """Tell whether no other lane waits."""
        waiting = len(self._kind_of)
        return not waiting or (waiting == 1 and lane in self._kind_of)

    @property
    def only(self) -> Lane | None:
        """The lane that waits, if it is one alone."""
        return next(iter(self._kind_of)) if len(self._kind_of) == 1 else None

    def count(self, trust: Trust) -> int:
        """Tell how many lanes of this kind wait."""
        return self._kinds[trust].count

    def tenants(self, trust: Trust) -> int:
        """Tell how many tenants have lanes of this kind that wait."""
        return len(self._kinds[trust].lines)

    def count_of(self, tenant: Tenant, trust: Trust) -> int:
        """Tell how many of a tenant's lanes of this kind wait."""
        line = self._kinds[trust].lines.get(tenant)
        return 0 if line is None else len(line)

    def has_some_of(self, tenant: Tenant) -> bool:
        """Tell whether any of a tenant's lanes waits."""
        return any(tenant in kind.lines for kind in self._kinds)

    def firsts(self) -> Iterator[Iterator[Lane]]:
        """Give, of each kind of which some wait, each tenant's first lane, as tenants come next."""
        for kind in self._kinds:
            if kind.count:
                yield (kind.lines[tenant].first for tenant in kind.tenants)

    def put(self, lane: Lane) -> None:
        """Note that a lane waits, or that what is known of one that does has changed."""
        kind, before = self._kinds[lane.endpoint.health.trust], self._kind_of.get(lane)
        if before is kind:
            kind.lines[lane.tenant].move(lane)
            return
        if before is not None:
            self.remove(lane)
        self._kind_of[lane] = kind
        kind.count += 1
        line = kind.lines.get(lane.tenant)
        if line is None:
            line = kind.lines[lane.tenant] = Line()
            kind.tenants.put(lane.tenant, lane.tenant.workers)
        line.put(lane)

    def remove(self, lane: Lane) -> None:
        """Note that a lane waits no longer, if it did."""
        kind = self._kind_of.pop(lane, None)
        if kind is None:
            return
        kind.count -= 1
        line = kind.lines[lane.tenant]
        line.remove(lane)
        if not line:
            del kind.lines[lane.tenant]
            kind.tenants.remove(lane.tenant)

    def update(self, tenant: Tenant) -> None:
        """Note that the workers which a tenant holds, or has used, have changed."""
        if len(self._kind_of) > 1:  # or there is no order
            for kind in self._kinds:
                if len(kind.lines) > 1:
                    kind.tenants.update(tenant)
