"""One live client's place in the feed, and all of a tenant's, found by the device that speaks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import trio

from pulse_router.streaming.filters import StreamFilter
from pulse_router.streaming.outbox import Outbox


class Subscription:
    """One live client: what it wants, and what waits to be sent to it.

    Made by `Broadcaster.open_subscription`, and changed by `Broadcaster.set_filter` only.

    Args:
        tenant_id: Whose events it gets.
        audience: The tenant's clients.
        ring_capacity: How many events wait at the most.
    """

    __slots__ = ("_audience", "_devices", "_filter", "is_held", "outbox", "tenant_id")

    def __init__(self, tenant_id: str, audience: Audience, ring_capacity: int) -> None:
        self.tenant_id = tenant_id
        self._audience = audience
        self.outbox = Outbox(ring_capacity)
        self.is_held = False
        self._filter = StreamFilter()
        self._devices: frozenset[str] | None = frozenset()

    @property
    def filter(self) -> StreamFilter:
        """What the client wants."""
        return self._filter

    @property
    def devices(self) -> frozenset[str] | None:
        """The devices that pass the device and group filters; None when all do."""
        return self._devices

    def wants(self, device_id: str) -> bool:
        """Tell whether the device passes the device and group filters."""
        return self._devices is None or device_id in self._devices

    def apply(self, wanted: StreamFilter, members: Mapping[int, Collection[str]]) -> None:
        """Use a filter from now on, with its groups resolved to devices."""
        before = self._devices
        self._filter = wanted
        self._devices = wanted.devices(members)
        if self._devices != before:
            self._audience.move(self, before)


class Audience:
    """The live clients of one tenant.

    An event costs what its own listeners cost, however many others there are.

    Attributes:
        lookups: Held while members of groups are looked up, so that an older answer never
            overtakes a newer one.
        silent: Clients that get no telemetry, and are none of those that are counted here.
    """

    __slots__ = ("_by_device", "_of_all", "_subscriptions", "lookups", "silent")

    def __init__(self) -> None:
        self.lookups = trio.Lock()
        self.silent: set[Subscription] = set()
        self._subscriptions: set[Subscription] = set()
        self._of_all: tuple[Subscription, ...] = ()
        self._by_device: dict[str, tuple[Subscription, ...]] = {}

    def __len__(self) -> int:
        """How many clients there are that get telemetry."""
        return len(self._subscriptions)

    def __iter__(self) -> Iterator[Subscription]:
        """Give each of them."""
        return iter(self._subscriptions)

    def __contains__(self, subscription: Subscription) -> bool:
        """Tell whether it is one of them."""
        return subscription in self._subscriptions

    def add(self, subscription: Subscription) -> None:
        """Add a client, which wants nothing yet."""
        self.silent.discard(subscription)
        self._subscriptions.add(subscription)

    def remove(self, subscription: Subscription) -> None:
        """Forget a client."""
        self._subscriptions.discard(subscription)
        self._leave(subscription, subscription.devices)

    def move(self, subscription: Subscription, before: frozenset[str] | None) -> None:
        """Note that a client wants other devices than before."""
        self._leave(subscription, before)
        self._enter(subscription, subscription.devices)

    def of(self, device_id: str) -> tuple[Subscription, ...]:
        """Give the clients whose device and group filters this device passes."""
        chosen = self._by_device.get(device_id)
        return self._of_all if chosen is None else self._of_all + chosen

    def _enter(self, subscription: Subscription, devices: frozenset[str] | None) -> None:
        if devices is None:
            self._of_all += (subscription,)
            return
        for device_id in devices:
            self._by_device[device_id] = (*self._by_device.get(device_id, ()), subscription)

    def _leave(self, subscription: Subscription, devices: frozenset[str] | None) -> None:
        if devices is None:
            self._of_all = _without(self._of_all, subscription)
            return
        for device_id in devices:
            if rest := _without(self._by_device[device_id], subscription):
                self._by_device[device_id] = rest
            else:
                del self._by_device[device_id]


def _without(
    subscriptions: tuple[Subscription, ...], gone: Subscription
) -> tuple[Subscription, ...]:
    return tuple(each for each in subscriptions if each is not gone)
