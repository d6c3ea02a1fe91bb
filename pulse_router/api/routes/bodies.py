"""Routes as clients write and read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal, cast

import attrs
import msgspec
from msgspec import UNSET, Meta, UnsetType

from pulse_router.api.requests.responses import Page, raw_json, utc, utc_or_none
from pulse_router.api.requests.values import Time
from pulse_router.domain.destinations import masked
from pulse_router.domain.filters.heavy import HeavyFilter, PayloadFilter
from pulse_router.domain.route_stats import LaneStats, RouteCounts
from pulse_router.domain.routes import DestinationType, Route
from pulse_router.domain.secrets.signing_secrets import MAX_OVERLAP_HOURS, SigningSecret

DEFAULT_OVERLAP_HOURS: Final = 24.0

Name = Annotated[str, Meta(min_length=1, max_length=100)]


class RouteBody(msgspec.Struct):
    """A whole route, as a client writes it."""

    name: Name
    topic_filter: str
    destination_type: DestinationType
    destination_config: dict[str, Any] = {}
    payload_filter: dict[str, Any] | None = None
    is_enabled: bool = True


class RoutePatch(msgspec.Struct):
    """The part of a route that changes.

    `destination_config` is merged into what is there (RFC 7396: null removes a field), so that
    mending a URL does not lose the secret; it replaces it when the destination type changes. A
    `template` is replaced as a whole.
    """

    name: Name | UnsetType = UNSET
    topic_filter: str | UnsetType = UNSET
    destination_type: DestinationType | UnsetType = UNSET
    destination_config: dict[str, Any] | UnsetType = UNSET
    payload_filter: dict[str, Any] | UnsetType | None = UNSET
    is_enabled: bool | UnsetType = UNSET


class RouteAnswer(msgspec.Struct):
    """A route, its secrets masked.

    `version` counts its changes; the ETag is made of it. `secrets_expire_at` are the ends of the
    old secrets that still sign beside the newest. `disabled_reason` says why the router has
    disabled it by itself, `fault` why nothing can be delivered although it is enabled, or why its
    payload filter is not asked now, or weighs more than it may.
    """

    id: int
    tenant_id: str
    name: str
    topic_filter: str
    destination_type: DestinationType
    destination_config: dict[str, Any]
    payload_filter: dict[str, Any] | None
    is_enabled: bool
    disabled_reason: str | None
    fault: str | None
    secrets_expire_at: list[Time]
    version: int
    created_at: Time
    updated_at: Time


class RotateSecretBody(msgspec.Struct):
    """For how long the old secrets go on signing beside the new one; 0 ends them now."""

    overlap_hours: Annotated[float, Meta(ge=0, le=MAX_OVERLAP_HOURS)] = DEFAULT_OVERLAP_HOURS


class RotatedSecret(msgspec.Struct):
    """The new secret, the only time that it is shown, and when the old ones end."""

    route_id: int
    secret: str
    secrets_expire_at: list[Time]


class LatencyAnswer(msgspec.Struct):
    """How long the recent attempts took."""

    attempts: int
    p50_seconds: float
    p95_seconds: float
    p99_seconds: float


class RouteStatsAnswer(msgspec.Struct):
    """How a route does.

    `delivered` and `dead_lettered` count deliveries since `since`, `failed` attempts, once for
    each delivery that they were made for. Counting what is pending stops at a bound; when it is
    not exact there are more. `unjudged` counts messages that its payload filter was not asked of
    while it was set aside, since the router's start. `breaker`, `concurrency` and `latency` are
    null while another router works for the route, `latency` also without recent attempts.
    `held_until` says until when nothing goes out, for the endpoint pushes back;
    `requests_per_second` what it has turned out to take, where it limits.
    """

    route_id: int
    since: Time
    delivered: int
    failed: int
    dead_lettered: int
    pending: int
    pending_is_exact: bool
    oldest_pending_at: Time | None
    unjudged: int
    last_error: str | None
    last_error_at: Time | None
    breaker: Literal["closed", "open"] | None
    concurrency: int | None
    held_until: Time | None
    requests_per_second: float | None
    latency: LatencyAnswer | None


class ListedStats(RouteStatsAnswer):
    """How a route in a list does; what is pending is counted up to 1,000.

    `delivered_last_minute` and `delivered_last_hour` go by receipts: where these are not written,
    for the day had enough, those that were left out are counted by when they were settled.
    """

    delivered_last_minute: int
    delivered_last_hour: int


class ListedRoute(RouteAnswer):
    """A route in a list. One that is too heavy for it comes without configuration and filter.

    Then both are null, and `omitted_bytes` says what they weigh; read the route to see them.
    `stats` are there where they were asked for.
    """

    destination_config: dict[str, Any] | None  # type: ignore[assignment]  # it says less
    omitted_bytes: int | UnsetType = UNSET
    stats: ListedStats | UnsetType = UNSET


class RoutePage(Page):
    """A page of routes."""

    routes: list[ListedRoute]


def route_answer(route: Route, notice: str | None = None) -> RouteAnswer:
    """Show a route; a notice is what there is to say of it beside what is stored."""
    return RouteAnswer(
        id=route.id,
        tenant_id=route.tenant_id,
        name=route.name,
        topic_filter=route.topic_filter,
        destination_type=type_of(route),
        destination_config=shown_config(route),
        payload_filter=_shown_filter(route.payload_filter),
        is_enabled=route.is_enabled,
        disabled_reason=route.disabled_reason,
        fault=route.fault or notice,
        secrets_expire_at=expiries(route.secrets),
        version=route.version,
        created_at=utc(route.created_at),
        updated_at=utc(route.updated_at),
    )


def _shown_filter(payload_filter: PayloadFilter | None) -> dict[str, Any] | None:
    """Give a filter as answers show it: one that is heavy goes into them as it is stored."""
    if payload_filter is None:
        return None
    if isinstance(payload_filter, HeavyFilter):
        return cast("dict[str, Any]", raw_json(payload_filter.text))
    return dict(payload_filter)


def listed_route(route: Route, notice: str | None = None) -> ListedRoute:
    """Show a route in a list."""
    shown = msgspec.structs.asdict(route_answer(route, notice))
    if route.omitted_bytes:
        shown |= {"destination_config": None, "omitted_bytes": route.omitted_bytes}
    return ListedRoute(**shown)


def shown_config(route: Route) -> dict[str, Any]:
    """Give a route's configuration as answers show it: secrets appear as masks."""
    return masked(route.destination_config, route.secrets, route.template_secrets)


def type_of(route: Route) -> DestinationType:
    """Give a route's type as answers show it: of another version's, the name as it is."""
    return cast("DestinationType", route.destination_type)


def expiries(secrets: Sequence[SigningSecret]) -> list[datetime]:
    """List when the secrets that are in their overlap end, in their order."""
    return [utc(secret.expires_at) for secret in secrets if secret.expires_at is not None]


def etag(route: Route) -> str:
    """Give the strong validator of a route as it is shown."""
    return f'"{route.version}"' if route.fault is None else f'"{route.version}-unreadable"'


def stats_answer(counts: RouteCounts, lane: LaneStats | None, *, unjudged: int) -> RouteStatsAnswer:
    """Show how a route does."""
    latency = None if lane is None else lane.latency
    return RouteStatsAnswer(
        route_id=counts.route_id,
        since=utc(counts.since),
        delivered=counts.delivered,
        failed=counts.failed,
        dead_lettered=counts.dead_lettered,
        pending=counts.pending,
        pending_is_exact=counts.pending_is_exact,
        oldest_pending_at=utc_or_none(counts.oldest_pending_at),
        unjudged=unjudged,
        last_error=counts.last_error,
        last_error_at=utc_or_none(counts.last_error_at),
        breaker=None if lane is None else "open" if lane.breaker_is_open else "closed",
        concurrency=None if lane is None else lane.concurrency,
        held_until=None if lane is None else utc_or_none(lane.held_until),
        requests_per_second=None if lane is None else _rounded(lane.per_second),
        latency=None if latency is None else LatencyAnswer(**attrs.asdict(latency)),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.3g}")
