"""What a tenant may have and ask for: its bounds, and what is said when one of them is reached.

It counts nothing itself, and does not know where a bound is looked at.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping
from typing import Final

import attrs

from pulse_router.domain.errors import PulseError, Unavailable

REMEMBERED_TENANTS: Final = 1_000
"""Of how many tenants it is remembered which bounds they have reached, the newest."""
TOLD_TENANTS: Final = 20
"""How many of them are told by name, those that were refused most; the rest are one."""


@attrs.frozen(kw_only=True)
class Budget:
    """The bounds of a tenant; 0 is no bound.

    Attributes:
        routes: How many routes it may have.
        matches_per_message: How many routes a message may match.
        devices: How many devices may be registered, those that were revoked included.
        groups: How many device groups there may be.
        open_alerts: How many alerts may be open at once, acknowledged ones included.
        requests_per_second: How many requests its users may make, all together.
        answer_bytes: How much of its answers may wait for clients that are slow to take them.
        database_connections: How many connections its requests may hold at once.
        streams: How many live streams it may have open.
        messages_per_second: How many messages its devices may send, all together.
        audit_bytes: How much is kept of what was changed in its name; above, less is kept.
        pending_deliveries: Above how many deliveries that wait it is told; none is dropped.
        dead_letters: Above how many dead letters it is told; none is dropped.
    """

    routes: int = 1_000
    matches_per_message: int = 1_000
    devices: int = 100_000
    groups: int = 1_000
    open_alerts: int = 10_000
    requests_per_second: float = 200.0
    answer_bytes: int = 8 * 1024 * 1024
    database_connections: int = 2
    streams: int = 10
    messages_per_second: float = 0.0
    audit_bytes: int = 64 * 1024 * 1024
    pending_deliveries: int = 0
    dead_letters: int = 0


@attrs.frozen(kw_only=True)
class Bound:
    """One of the bounds, in words.

    Attributes:
        what: What it bounds, as in "may have 1,000 …".
        way_out: What a tenant can do that has reached it.
        passes: Whether it bounds what goes by, not what is there.
    """

    what: str
    way_out: str
    passes: bool = False


_RAISE: Final = "have the operator raise limits.{name} for this tenant"
BOUNDS: Final[Mapping[str, Bound]] = {
    "routes": Bound(what="routes", way_out="Remove routes that are no longer needed"),
    "matches_per_message": Bound(
        what="routes that match a message", way_out="Narrow the routes' topic filters"
    ),
    "devices": Bound(what="devices", way_out="Remove devices that are no longer there"),
    "groups": Bound(what="device groups", way_out="Remove groups that are no longer needed"),
    "open_alerts": Bound(what="open alerts", way_out="Close alerts"),
    "requests_per_second": Bound(
        what="requests a second", way_out="Ask less often, as Retry-After says", passes=True
    ),
    "answer_bytes": Bound(
        what="bytes of answers that wait for slow clients",
        way_out="Have clients read their answers, or ask for less at once",
        passes=True,
    ),
    "database_connections": Bound(
        what="connections to the database", way_out="Make fewer requests at once", passes=True
    ),
    "streams": Bound(what="live streams", way_out="End one of the others", passes=True),
}
"""Those that refuse something, by their names in the settings."""


class LimitReached(PulseError):
    """A tenant has reached a bound: nothing was done.

    Args:
        bound: Its name in the settings.
        limit: How much the tenant may have.
        usage: How much it has.

    Attributes:
        after_seconds: When it may be tried again, where that is known.
    """

    def __init__(self, bound: str, *, limit: float, usage: float) -> None:
        self.bound = bound
        self.limit = limit
        self.usage = usage
        self.after_seconds: float | None = None
        super().__init__(
            f"The tenant may have {limit:,g} {BOUNDS[bound].what} (limits.{bound}), and has"
            f" {usage:,g}. {self.way_out}"
        )

    @property
    def passes(self) -> bool:
        """Whether it passes with time, without anything being removed."""
        return BOUNDS[self.bound].passes

    @property
    def way_out(self) -> str:
        """What can be done about it, as a sentence."""
        return f"{BOUNDS[self.bound].way_out}, or {_RAISE.format(name=self.bound)}."


class NoShareLeft(LimitReached, Unavailable):
    """A tenant has waited too long for its share of what all of them use."""


class Budgets:
    """Every tenant's bounds; they may change while others look at them.

    Args:
        default: What holds for tenants that have no bounds of their own.
        own: The bounds of those that do, by their ids.
    """

    def __init__(
        self, default: Budget | None = None, own: Mapping[str, Budget] | None = None
    ) -> None:
        self.default = default or Budget()
        self._own = dict(own or {})
        self._refused: Counter[str] = Counter()
        self._by_tenant: OrderedDict[str, Counter[str]] = OrderedDict()

    def of(self, tenant_id: str) -> Budget:
        """Give a tenant's bounds."""
        return self._own.get(tenant_id, self.default)

    @property
    def own(self) -> Mapping[str, Budget]:
        """Those that some tenants have of their own."""
        return self._own

    def change(self, default: Budget, own: Mapping[str, Budget]) -> None:
        """Set other bounds. What exists above one stays."""
        self.default = default
        self._own = dict(own)

    def refused(self, tenant_id: str, bound: str, count: int = 1) -> None:
        """Count what a bound has refused."""
        self._refused[bound] += count
        self._by_tenant.setdefault(tenant_id, Counter())[bound] += count
        self._by_tenant.move_to_end(tenant_id)
        if len(self._by_tenant) > REMEMBERED_TENANTS:
            self._by_tenant.popitem(last=False)

    @property
    def refusals(self) -> Mapping[str, int]:
        """How much each bound has refused since the start, of all tenants."""
        return self._refused

    def refusals_of(self, tenant_id: str) -> Mapping[str, int]:
        """How much each bound has refused of a tenant, as far as that is remembered."""
        return self._by_tenant.get(tenant_id, {})

    def most_refused(self) -> Mapping[str, Mapping[str, int]]:
        """Give the tenants that were refused most, with what each bound has refused of them."""
        totals = Counter({name: counts.total() for name, counts in self._by_tenant.items()})
        return {name: self._by_tenant[name] for name, _ in totals.most_common(TOLD_TENANTS)}
