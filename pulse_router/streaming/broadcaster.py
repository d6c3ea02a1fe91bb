"""Hands accepted telemetry to live clients; knows nothing of sockets, HTTP or tokens."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import structlog

from pulse_router.domain.errors import Unavailable
from pulse_router.domain.messages import TelemetryEvent
from pulse_router.runtime.seldom import Seldom
from pulse_router.streaming.encoding import Encodings
from pulse_router.streaming.filters import StreamFilter
from pulse_router.streaming.outbox import Answer
from pulse_router.streaming.ports import GroupSource
from pulse_router.streaming.subscription import Audience, Subscription

_log = structlog.get_logger()


MAX_SILENT: Final = 50
"""How many connections that carry no telemetry a tenant may have open."""


class TooManyStreams(Exception):
    """The tenant has as many live streams open as it may.

    Args:
        limit: How many it may have.
        usage: How many it has.
        what: Of what.
    """

    def __init__(self, limit: int, usage: int, what: str = "streaming connections") -> None:
        super().__init__(f"Max {what} ({limit}) reached for tenant")
        self.limit = limit
        self.usage = usage


class Broadcaster:
    """One feed in, a bounded outbox per client out.

    Args:
        groups: Where the members of groups are looked up.
        max_per_tenant: How many live streams a tenant may have open, of all kinds together.
        ring_capacity: How many events wait for a client before the oldest goes.
        most_of: Tells the same of tenants that may differ, now; 0 is no bound.
        refused: Told of each stream that a tenant may not have.
    """

    def __init__(
        self,
        groups: GroupSource,
        *,
        max_per_tenant: int = 10,
        ring_capacity: int = 100,
        most_of: Callable[[str], int] | None = None,
        refused: Callable[[str], None] = lambda _tenant_id: None,
    ) -> None:
        self.max_per_tenant = max_per_tenant
        self._most_of = most_of
        self._refused = refused
        self._groups = groups
        self._ring_capacity = ring_capacity
        self._audiences: dict[str, Audience] = {}
        self._dropped = 0
        self._seldom = Seldom()

    @property
    def total_connections(self) -> int:
        """How many live streams are open, of all tenants."""
        return sum(map(len, self._audiences.values()))

    def open_streams(self, tenant_id: str) -> int:
        """How many live streams a tenant has open."""
        return len(self._audiences.get(tenant_id, ()))

    @property
    def dropped(self) -> int:
        """How many events were dropped so far because their client was slow."""
        return self._dropped

    def wants(self, tenant_id: str) -> bool:
        """Tell whether anyone listens to this tenant."""
        return bool(self._audiences.get(tenant_id))

    def publish(self, events: Sequence[TelemetryEvent]) -> None:
        """Hand events to every client that wants them; never waits."""
        for event in events:
            audience = self._audiences.get(event.tenant_id)
            if audience is None:
                continue
            encodings = Encodings(event)
            for subscription in audience.of(event.device_id):
                if subscription.is_held:
                    continue
                try:
                    encoded = encodings.under(subscription.filter.metric_names)
                except Exception as error:  # noqa: BLE001 - whatever it is, it is this event's
                    self._miss(event, subscription, error)
                    continue
                if encoded is not None:
                    self._dropped += subscription.outbox.put_event_nowait(encoded)

    def _miss(self, event: TelemetryEvent, subscription: Subscription, error: Exception) -> None:
        """Note that an event cannot be shown: its client is told that it misses one."""
        subscription.outbox.miss_event()
        self._dropped += 1
        if self._seldom.is_due((event.tenant_id, type(error).__name__)):
            _log.error(
                "an event cannot be shown live",
                tenant_id=event.tenant_id,
                device_id=event.device_id,
                problem=type(error).__name__,
            )

    def check_place(self, tenant_id: str) -> None:
        """Look whether the tenant has a place left, without taking it.

        Raises:
            TooManyStreams: It has none.
        """
        most = self.max_per_tenant if self._most_of is None else self._most_of(tenant_id)
        usage = self.open_streams(tenant_id)
        if most and usage >= most:
            self._refused(tenant_id)
            raise TooManyStreams(most, usage)

    @contextmanager
    def open_subscription(self, tenant_id: str) -> Iterator[Subscription]:
        """Take one of the tenant's places; it is free again at the end of the block.

        The subscription gets no events before its first `set_filter`.

        Raises:
            TooManyStreams: The tenant has no place left.
        """
        self.check_place(tenant_id)
        with self._enter(tenant_id) as (audience, subscription):
            audience.add(subscription)
            yield subscription

    @contextmanager
    def open_silent(self, tenant_id: str) -> Iterator[Subscription]:
        """Take a place for a client that gets no telemetry before `give_voice`.

        Raises:
            TooManyStreams: The tenant has no such place left.
        """
        audience = self._audiences.get(tenant_id)
        usage = 0 if audience is None else len(audience.silent)
        if usage >= MAX_SILENT:
            self._refused(tenant_id)
            raise TooManyStreams(MAX_SILENT, usage, "connections without telemetry")
        with self._enter(tenant_id) as (audience, subscription):
            audience.silent.add(subscription)
            yield subscription

    @contextmanager
    def _enter(self, tenant_id: str) -> Iterator[tuple[Audience, Subscription]]:
        audience = self._audiences.setdefault(tenant_id, Audience())
        subscription = Subscription(tenant_id, audience, self._ring_capacity)
        try:
            yield audience, subscription
        finally:
            audience.remove(subscription)
            audience.silent.discard(subscription)
            if not audience and not audience.silent:
                del self._audiences[tenant_id]

    def give_voice(self, subscription: Subscription) -> None:
        """Give it a place among those that get telemetry, unless it has one.

        Raises:
            TooManyStreams: The tenant has no place left; it keeps the one that it has.
        """
        audience = self._audiences[subscription.tenant_id]
        if subscription not in audience:
            self.check_place(subscription.tenant_id)
            audience.add(subscription)

    def take_voice(self, subscription: Subscription) -> None:
        """Take that place back; it wants no device any more, and keeps its connection."""
        audience = self._audiences[subscription.tenant_id]
        audience.remove(subscription)
        audience.silent.add(subscription)

    def hold(self, subscription: Subscription) -> None:
        """Hand it no events until `release`: it is sent what it has missed."""
        subscription.is_held = True

    def release(self, subscription: Subscription) -> None:
        """Hand it every event that is published from here on."""
        subscription.is_held = False

    async def set_filter(
        self, subscription: Subscription, wanted: StreamFilter, answer: Answer
    ) -> None:
        """Change what a client gets, and put the answer between the events of before and after.

        Args:
            subscription: The client.
            wanted: The new filter.
            answer: What to tell the client when it is in effect.

        Raises:
            Unavailable: The groups cannot be looked up now; the old filter stays.
        """
        audience = self._audiences[subscription.tenant_id]
        async with audience.lookups:
            members: Mapping[int, Collection[str]] = {}
            if wanted.group_ids:
                members = await self._groups.load_group_members(
                    subscription.tenant_id, wanted.group_ids
                )
            subscription.apply(wanted, members)
            subscription.outbox.put_answer_nowait(answer)

    async def groups_changed(self, tenant_id: str | None = None) -> None:
        """Look up again which devices are in the groups that clients filter by.

        Args:
            tenant_id: Whose groups may have changed; None means anyone's.

        Raises:
            Unavailable: The groups cannot be looked up now; the old members stay.
        """
        for tenant in [tenant_id] if tenant_id is not None else list(self._audiences):
            audience = self._audiences.get(tenant)
            if audience is not None:
                async with audience.lookups:
                    await self._refresh_its_own(tenant, audience)

    async def _refresh_its_own(self, tenant_id: str, audience: Audience) -> None:
        try:
            await self._refresh(tenant_id, audience)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, it is this tenant's
            if self._seldom.is_due(tenant_id):
                _log.exception("the groups of live streams stay as they were", tenant_id=tenant_id)

    async def _refresh(self, tenant_id: str, audience: Audience) -> None:
        wanted = {group_id for each in audience for group_id in each.filter.group_ids}
        if not wanted:
            return
        members = await self._groups.load_group_members(tenant_id, wanted)
        for subscription in audience:
            if subscription.filter.group_ids:
                subscription.apply(subscription.filter, members)
