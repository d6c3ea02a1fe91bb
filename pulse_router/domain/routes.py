"""Routes: what a tenant wants done with which messages."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import attrs

from pulse_router.domain.filters.heavy import PayloadFilter
from pulse_router.domain.payloads import Predicate
from pulse_router.domain.secrets.signing_secrets import SigningSecret
from pulse_router.domain.topics import TopicIndex


class DestinationType(enum.StrEnum):
    """Where a route may deliver."""

    WEBHOOK = "webhook"
    MQTT_REPUBLISH = "mqtt_republish"
    POSTGRESQL = "postgresql"


@attrs.frozen
class Route:
    """A route as it is stored.

    `destination_config` holds no secrets; they stand in `secrets`, newest first, and by name in
    `template_secrets`. `payload_filter`
    is the stored JSON object, unread where it is heavy, or None when every payload passes.
    `disabled_reason` says why the
    router has disabled it by itself. `version` counts its changes. `fault` says why nothing can be
    delivered although it is enabled: then its secrets and headers are not to be had. A route
    `is_foreign` whose row this version does not understand, such as one of a newer version; its
    `destination_type` may be any name, and what cannot be read of it is empty. A list that is too
    heavy leaves out configuration and filter, which weigh `omitted_bytes`.
    """

    id: int
    tenant_id: str
    name: str
    topic_filter: str
    destination_type: DestinationType | str
    destination_config: Mapping[str, Any]
    payload_filter: PayloadFilter | None
    is_enabled: bool
    created_at: datetime
    updated_at: datetime
    secrets: Sequence[SigningSecret] = attrs.field(default=(), repr=False)
    disabled_reason: str | None = None
    version: int = 1
    fault: str | None = None
    is_foreign: bool = False
    template_secrets: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    omitted_bytes: int = 0


@attrs.frozen
class RouteDraft:
    """What a person decides of a route, validated; the database adds the rest.

    With `keeps_destination`, configuration and secrets stay as they are stored.
    """

    name: str
    topic_filter: str
    destination_type: DestinationType | str
    destination_config: Mapping[str, Any]
    payload_filter: PayloadFilter | None
    is_enabled: bool
    secrets: Sequence[SigningSecret] = attrs.field(default=(), repr=False)
    keeps_destination: bool = False
    template_secrets: Mapping[str, str] = attrs.field(factory=dict, repr=False)

    @classmethod
    def of(cls, route: Route) -> RouteDraft:
        """Decide nothing anew."""
        return cls(
            name=route.name,
            topic_filter=route.topic_filter,
            destination_type=route.destination_type,
            destination_config=route.destination_config,
            payload_filter=route.payload_filter,
            is_enabled=route.is_enabled,
            secrets=route.secrets,
            template_secrets=route.template_secrets,
        )


@attrs.frozen
class MatchableRoute:
    """A route as the decoder needs it: compiled, and without secrets.

    `excess` says by what its filter weighs more than one that is saved today. `keeps` is what equal
    filters share, and lasts as long as one of them does.
    """

    id: int
    tenant_id: str
    topic_filter: str
    destination_type: DestinationType
    accepts: Predicate | None
    excess: str | None = None
    keeps: object = attrs.field(default=None, repr=False, eq=False)


@attrs.frozen
class ReadRoute:
    """An enabled route as it was read in one of its versions; None when it cannot be used."""

    id: int
    version: int
    route: MatchableRoute | None


@attrs.frozen
class RouteChanges:
    """What has changed of the enabled routes: those that were read, and the ids of those gone."""

    read: Sequence[ReadRoute]
    gone: Sequence[int]


class RouteState(enum.StrEnum):
    """Whether a route works, by what is stored of it."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    GONE = "gone"
    """The router has disabled it by itself: its endpoint has said that it is gone."""


@attrs.frozen
class RouteFilter:
    """Which routes are asked for; None is any.

    `text` is a part of the name or of the topic filter, in small letters or capitals. A route that
    is gone is disabled, too.
    """

    text: str | None = None
    destination_type: DestinationType | None = None
    state: RouteState | None = None


ALL_ROUTES: Final = RouteFilter()


class RouteSort(enum.StrEnum):
    """In which order routes are listed.

    ID: The oldest first. NAME: By name. UPDATED: Those first that were changed last. The others:
    Those first that have most waiting, most attempts that failed, most dead letters.
    """

    ID = "id"
    NAME = "name"
    UPDATED = "updated"
    PENDING = "pending"
    FAILED = "failed"
    DEAD_LETTERED = "dead_lettered"


@attrs.frozen
class RouteFault:
    """What went wrong with a route, in a sentence, and when."""

    problem: str
    at: datetime


class RouteSet:
    """The enabled routes of all tenants, indexed by topic.

    Args:
        routes: The enabled routes.
        max_cached_topics: How many topics keep their list of candidates in memory.
    """

    __slots__ = ("_cached", "_max_cached_topics", "_tenants")

    def __init__(
        self, routes: Iterable[MatchableRoute] = (), *, max_cached_topics: int = 65_536
    ) -> None:
        self._tenants: dict[str, _TenantRoutes] = {}
        self._cached = 0
        self._max_cached_topics = max_cached_topics
        self.change(added=routes)

    def change(
        self, *, added: Iterable[MatchableRoute] = (), removed: Iterable[MatchableRoute] = ()
    ) -> None:
        """Remove routes that are in it, and add others; it costs nothing for those that stay.

        What was found before is not changed.
        """
        changed: dict[str, _TenantRoutes] = {}
        for route in removed:
            tenant = changed[route.tenant_id] = self._tenants[route.tenant_id]
            tenant.index.remove(route.topic_filter, route)
        for route in added:
            known = self._tenants.get(route.tenant_id)
            if known is None:
                known = self._tenants[route.tenant_id] = _TenantRoutes()
            changed[route.tenant_id] = known
            known.index.add(route.topic_filter, route)
        for tenant_id, tenant in changed.items():
            self._cached -= len(tenant.found)
            tenant.found.clear()
            if tenant.index.is_empty:
                del self._tenants[tenant_id]

    def candidates(self, tenant_id: str, topic: str) -> Sequence[MatchableRoute]:
        """Find the tenant's routes whose topic filter matches; their payload filter is not asked.

        Args:
            tenant_id: The tenant that the topic names.
            topic: A device's topic, which belongs to that tenant.
        """
        tenant = self._tenants.get(tenant_id)
        if tenant is None:
            return ()
        found = tenant.found.get(topic)
        if found is None:
            if self._cached >= self._max_cached_topics:
                for each in self._tenants.values():
                    each.found.clear()
                self._cached = 0
            found = tenant.found[topic] = tenant.index.match(topic)
            self._cached += 1
        return found


class _TenantRoutes:
    """The routes of a tenant, and which were found for which topic."""

    __slots__ = ("found", "index")

    def __init__(self) -> None:
        self.index: TopicIndex[MatchableRoute] = TopicIndex()
        self.found: dict[str, Sequence[MatchableRoute]] = {}
