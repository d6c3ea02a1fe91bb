"""What a tenant has at a glance, and what of it needs somebody's attention: values, no more."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime

import attrs


class Need(enum.StrEnum):
    """What needs attention, in the order of its weight."""

    PART_MISSING = "part_missing"
    BOOKS_OFF = "books_off"
    LOST_UPSTREAM = "lost_upstream"
    ROUTE_WITHOUT_KEY = "route_without_key"
    ROUTE_GONE = "route_gone"
    BREAKER_OPEN = "breaker_open"
    DEAD_LETTERS_GROWING = "dead_letters_growing"
    DEVICES_SILENT = "devices_silent"
    DEVICES_REFUSED = "devices_refused"
    ALERTS_OPEN = "alerts_open"


RANKS = {need: rank for rank, need in enumerate(Need)}
"""How far down each stands."""


@attrs.frozen(kw_only=True)
class Attention:
    """One thing that needs attention.

    Attributes:
        need: What it is.
        tenant_id: Whose, if it is one tenant's.
        route_id: Of which route, if of one.
        route_name: What that is called.
        since: Since when, where it is known.
        count: How many there are, where it can be said.
        count_is_exact: Whether that is all.
        said: What is known of it, in a sentence without secrets.
    """

    need: Need
    tenant_id: str | None = None
    route_id: int | None = None
    route_name: str | None = None
    since: datetime | None = None
    count: int | None = None
    count_is_exact: bool = True
    said: str | None = None


@attrs.frozen
class RouteTroubles:
    """What this router knows of routes, by id, that the database does not.

    Attributes:
        without_key: They are sealed with a key that is not there.
        breaker_open: Their endpoint has failed so often that only probes go out.
    """

    without_key: frozenset[int] = frozenset()
    breaker_open: frozenset[int] = frozenset()


@attrs.frozen
class TenantBooks:
    """A tenant's books of one moment, with what is in stock counted.

    Attributes:
        counts: By name, as the books are kept, with what is `pending` and `dead_lettered`.
        pending_is_exact: Whether what is pending was counted to the end.
        dead_lettered_is_exact: Whether the dead letters were.
    """

    counts: Mapping[str, int]
    pending_is_exact: bool = True
    dead_lettered_is_exact: bool = True


@attrs.frozen
class States:
    """How many of a tenant's things are in which state; counts end at a bound."""

    routes_enabled: int
    routes_disabled: int
    devices_active: int
    devices_revoked: int
    groups: int
    alerts_open: int
    alerts_acknowledged: int
