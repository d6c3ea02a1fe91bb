"""No tenant sees another's events, whoever comes, goes and changes filters or groups meanwhile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from random import Random
from typing import Any, TypeAlias

import attrs
import msgspec
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from pulse_router.domain.messages import TelemetryEvent
from pulse_router.streaming.broadcaster import Broadcaster
from pulse_router.streaming.filters import StreamFilter
from pulse_router.streaming.subscription import Subscription

TENANTS = [f"T{number}" for number in range(4)]
DEVICES = ["a", "b", "c"]  # each tenant has its own of every name
METRICS = ["x", "y"]
GROUPS = [1, 2]

Members: TypeAlias = dict[tuple[str, int], frozenset[str]]


class Groups:
    """Groups as a test sets them; a look-up may take a while."""

    def __init__(self, delay: Random | None = None) -> None:
        self.members: Members = {}
        self._delay = delay

    async def load_group_members(
        self, tenant_id: str, group_ids: Collection[int]
    ) -> Mapping[int, Collection[str]]:
        await trio.sleep(self._delay.random() if self._delay else 0)
        found = {group: self.members.get((tenant_id, group)) for group in group_ids}
        await trio.sleep(self._delay.random() if self._delay else 0)
        return {group: devices for group, devices in found.items() if devices is not None}


def make_event(number: int, tenant: str, device: str, metrics: Collection[str]) -> TelemetryEvent:
    topic = f"tenant/{tenant}/device/{device}/telemetry"
    time = datetime(2026, 2, 16, tzinfo=UTC)
    return TelemetryEvent(number, tenant, device, "S", topic, time, dict.fromkeys(metrics, number))


async def events_of(subscription: Subscription) -> list[dict[str, Any]]:
    """The events that wait."""
    if not len(subscription.outbox):
        return []
    items = (await subscription.outbox.take()).items
    return [msgspec.json.decode(item.text) for item in items if not isinstance(item, str)]


def passes(event: TelemetryEvent, tenant: str, wanted: StreamFilter, members: Members) -> bool:
    """A slow and obvious rule."""
    return (
        event.tenant_id == tenant
        and (not wanted.device_ids or event.device_id in wanted.device_ids)
        and (
            not wanted.group_ids
            or any(event.device_id in members.get((tenant, g), ()) for g in wanted.group_ids)
        )
        and (not wanted.metric_names or bool(wanted.metric_names & set(event.metrics)))
    )


filters = st.builds(
    StreamFilter,
    device_ids=st.frozensets(st.sampled_from(DEVICES)),
    group_ids=st.frozensets(st.sampled_from(GROUPS)),
    metric_names=st.frozensets(st.sampled_from(METRICS)),
)
tenants = st.sampled_from(TENANTS)
steps = st.one_of(
    st.tuples(st.just("open"), tenants, filters),
    st.tuples(st.just("close"), st.integers(0, 9)),
    st.tuples(st.just("filter"), st.integers(0, 9), filters),
    st.tuples(
        st.just("group"), tenants, st.sampled_from(GROUPS), st.frozensets(st.sampled_from(DEVICES))
    ),
    st.tuples(
        st.just("publish"),
        tenants,
        st.sampled_from(DEVICES),
        st.frozensets(st.sampled_from(METRICS)),
    ),
)


@attrs.define(eq=False)
class Client:
    """A client, and what it is to get."""

    subscription: Subscription
    wanted: StreamFilter
    place: ExitStack
    expected: list[str] = attrs.field(factory=list)


class Scene:
    """Plays a script, and knows by the slow rule who is to get what."""

    def __init__(self) -> None:
        self.groups = Groups()
        self.broadcaster = Broadcaster(self.groups, max_per_tenant=40, ring_capacity=40)
        self.clients: list[Client] = []
        self.published = 0

    async def open(self, tenant: str, wanted: StreamFilter) -> None:
        place = ExitStack()
        subscription = place.enter_context(self.broadcaster.open_subscription(tenant))
        await self.broadcaster.set_filter(subscription, wanted, "null")
        self.clients.append(Client(subscription, wanted, place))

    async def close(self, number: int) -> None:
        if self.clients:
            client = self.clients.pop(number % len(self.clients))
            got = await events_of(client.subscription)
            assert [event["id"] for event in got] == client.expected
            assert {event["tenant_id"] for event in got} <= {client.subscription.tenant_id}
            client.place.close()

    async def filter(self, number: int, wanted: StreamFilter) -> None:
        if self.clients:
            client = self.clients[number % len(self.clients)]
            await self.broadcaster.set_filter(client.subscription, wanted, "null")
            client.wanted = wanted

    async def group(self, tenant: str, group: int, devices: frozenset[str]) -> None:
        self.groups.members[tenant, group] = devices
        await self.broadcaster.groups_changed(tenant)

    async def publish(self, *parts: Any) -> None:
        self.published += 1
        event = make_event(self.published, *parts)
        self.broadcaster.publish([event])
        for client in self.clients:
            tenant = client.subscription.tenant_id
            if passes(event, tenant, client.wanted, self.groups.members):
                client.expected.append(str(event.event_id))


@given(st.lists(steps, max_size=40))
@settings(max_examples=200)
def test_each_client_gets_its_own_whatever_changes_between_events(
    script: list[tuple[Any, ...]],
) -> None:
    async def check() -> None:
        scene = Scene()
        for step, *parts in script:
            await getattr(scene, step)(*parts)
        while scene.clients:
            await scene.close(0)
        assert scene.broadcaster.total_connections == 0
        assert not any(map(scene.broadcaster.wants, TENANTS))

    trio.run(check)


@given(st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_groups_that_change_while_events_flow_open_no_window_to_others(seed: int) -> None:
    """Look-ups overlap changes and events here: what a client gets was in its group lately."""
    random = Random(seed)
    groups = Groups(Random(seed))
    broadcaster = Broadcaster(groups, max_per_tenant=10, ring_capacity=10_000)
    quiet = trio.Event()
    ever: defaultdict[tuple[str, int], set[str]] = defaultdict(set)

    async def change() -> None:
        for _ in range(15):
            tenant, group = random.choice(TENANTS), random.choice(GROUPS)
            chosen = frozenset(random.sample(DEVICES, random.randint(0, 2)))
            groups.members[tenant, group] = chosen
            ever[tenant, group] |= chosen
            async with trio.open_nursery() as nursery:
                nursery.start_soon(broadcaster.groups_changed, random.choice([tenant, None]))
                await trio.sleep(random.random())
        quiet.set()

    async def publish() -> None:
        for number in range(150):
            chosen = random.choice(TENANTS), random.choice(DEVICES)
            broadcaster.publish([make_event(number, *chosen, METRICS)])
            await trio.sleep(random.random() / 4)

    async def listen(tenant: str, group: int) -> None:
        with broadcaster.open_subscription(tenant) as subscription:
            wanted = StreamFilter(group_ids=frozenset({group}))
            await broadcaster.set_filter(subscription, wanted, "null")
            await quiet.wait()
            got = await events_of(subscription)
            assert {event["tenant_id"] for event in got} <= {tenant}
            assert {event["device_id"] for event in got} <= ever[tenant, group]
            # When all is still, it is the newest membership that counts.
            broadcaster.publish([make_event(0, tenant, device, METRICS) for device in DEVICES])
            newest = {event["device_id"] for event in await events_of(subscription)}
            assert newest == groups.members.get((tenant, group), frozenset())

    async def check() -> None:
        async with trio.open_nursery() as nursery:
            for tenant in TENANTS:
                for group in GROUPS:
                    nursery.start_soon(listen, tenant, group)
            nursery.start_soon(change)
            nursery.start_soon(publish)

    trio.run(check, clock=MockClock(autojump_threshold=0))
