"""Who gets which event: filters, tenants, groups, places, and what is counted as dropped."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.errors import Unavailable
from pulse_router.domain.messages import MetricValue, TelemetryEvent
from pulse_router.streaming.broadcaster import Broadcaster, TooManyStreams
from pulse_router.streaming.encoding import EncodedEvent
from pulse_router.streaming.filters import StreamFilter
from pulse_router.streaming.subscription import Subscription

DEVICES = ["a", "b", "c"]
METRICS = ["x", "y", "z"]
TENANTS = ["T1", "T2"]


class Groups:
    """Groups as a test sets them."""

    def __init__(self) -> None:
        self.members: dict[tuple[str, int], set[str]] = {}
        self.is_away = False

    async def load_group_members(
        self, tenant_id: str, group_ids: Collection[int]
    ) -> Mapping[int, Collection[str]]:
        await trio.lowlevel.checkpoint()
        if self.is_away:
            raise Unavailable("away")
        return {
            group: set(devices)
            for (tenant, group), devices in self.members.items()
            if tenant == tenant_id and group in group_ids
        }


def make_event(
    number: int = 1,
    tenant: str = "T1",
    device: str = "a",
    metrics: Mapping[str, MetricValue] | None = None,
    time: datetime = datetime(2026, 2, 16, tzinfo=UTC),
) -> TelemetryEvent:
    return TelemetryEvent(
        event_id=number,
        tenant_id=tenant,
        device_id=device,
        site_id="S",
        topic=f"tenant/{tenant}/device/{device}/telemetry",
        time=time,
        metrics={"x": 1.5} if metrics is None else metrics,
    )


async def taken(subscription: Subscription) -> list[dict[str, Any]]:
    """What waits, decoded; answers stand as they are."""
    got: list[dict[str, Any]] = []
    if len(subscription.outbox):
        items, _ = await subscription.outbox.take()
        for item in items:
            text = item.text if isinstance(item, EncodedEvent) else item
            got.append(msgspec.json.decode(text))
    return got


async def test_an_event_looks_as_the_contract_says() -> None:
    broadcaster = Broadcaster(Groups())
    east = timezone(timedelta(hours=2))
    metrics: dict[str, MetricValue] = {"temperature": 90, "ok": True, "state": "on", "gone": None}
    with broadcaster.open_subscription("T1") as subscription:
        await broadcaster.set_filter(subscription, StreamFilter(), "null")
        broadcaster.publish(
            [make_event(2**62, metrics=metrics, time=datetime(2026, 2, 16, 2, tzinfo=east))]
        )
        _, event = await taken(subscription)
    assert event == {
        "type": "telemetry",
        "id": str(2**62),
        "device_id": "a",
        "tenant_id": "T1",
        "site_id": "S",
        "metrics": metrics,
        "timestamp": "2026-02-16T00:00:00Z",
        "topic": "tenant/T1/device/a/telemetry",
    }


async def test_clients_with_the_same_metrics_share_one_encoding() -> None:
    broadcaster = Broadcaster(Groups())
    with (
        broadcaster.open_subscription("T1") as one,
        broadcaster.open_subscription("T1") as two,
        broadcaster.open_subscription("T1") as filtered,
    ):
        await broadcaster.set_filter(one, StreamFilter(), "null")
        await broadcaster.set_filter(two, StreamFilter(device_ids=frozenset("a")), "null")
        await broadcaster.set_filter(filtered, StreamFilter(metric_names=frozenset("x")), "null")
        broadcaster.publish([make_event()])
        events = [(await each.outbox.take()).items[1] for each in (one, two, filtered)]
    assert events[0] is events[1]
    assert events[0] is not events[2]


def test_a_tenant_is_wanted_while_somebody_listens() -> None:
    broadcaster = Broadcaster(Groups())
    assert not broadcaster.wants("T1")
    with broadcaster.open_subscription("T1"):
        assert broadcaster.wants("T1")
        assert not broadcaster.wants("T2")
        assert broadcaster.total_connections == 1
    assert not broadcaster.wants("T1")
    assert broadcaster.total_connections == 0


def test_a_tenant_without_a_place_left_is_refused_and_a_place_is_free_again() -> None:
    broadcaster = Broadcaster(Groups(), max_per_tenant=1)
    with broadcaster.open_subscription("T1"):
        with pytest.raises(TooManyStreams) as refused:
            broadcaster.open_subscription("T1").__enter__()
        assert str(refused.value) == "Max streaming connections (1) reached for tenant"
        with broadcaster.open_subscription("T2"):
            pass
    with broadcaster.open_subscription("T1"):
        pass


async def test_a_slow_client_loses_its_oldest_and_hurts_nobody() -> None:
    broadcaster = Broadcaster(Groups(), ring_capacity=2)
    with (
        broadcaster.open_subscription("T1") as slow,
        broadcaster.open_subscription("T1") as quick,
    ):
        for each in (slow, quick):
            await broadcaster.set_filter(each, StreamFilter(), "null")
        await quick.outbox.take()
        seen = []
        for number in range(1, 6):
            broadcaster.publish([make_event(number)])
            seen.extend(await taken(quick))
        assert [event["id"] for event in seen] == ["1", "2", "3", "4", "5"]
        items, dropped = await slow.outbox.take()
        assert [item.event_id for item in items[1:] if isinstance(item, EncodedEvent)] == [4, 5]
        assert (dropped, broadcaster.dropped) == (3, 3)


async def test_an_answer_stands_between_the_events_of_before_and_after() -> None:
    broadcaster = Broadcaster(Groups())
    with broadcaster.open_subscription("T1") as subscription:
        broadcaster.publish([make_event(1)])  # no filter yet: nothing passes
        await broadcaster.set_filter(subscription, StreamFilter(), '{"id": "connected"}')
        broadcaster.publish([make_event(2, device="b")])
        only_a = StreamFilter(device_ids=frozenset("a"))
        await broadcaster.set_filter(subscription, only_a, '{"id": "subscribed"}')
        broadcaster.publish([make_event(3, device="b"), make_event(4, device="a")])
        assert [item["id"] for item in await taken(subscription)] == [
            "connected",
            "2",
            "subscribed",
            "4",
        ]


async def test_groups_follow_their_members_and_belong_to_one_tenant() -> None:
    groups = Groups()
    groups.members = {("T1", 7): {"a"}, ("T2", 8): {"b"}}
    broadcaster = Broadcaster(groups)
    with broadcaster.open_subscription("T1") as subscription:
        wanted = StreamFilter(group_ids=frozenset({7, 8}))
        await broadcaster.set_filter(subscription, wanted, "null")
        await taken(subscription)
        broadcaster.publish([make_event(1, device="a"), make_event(2, device="b")])
        assert [event["id"] for event in await taken(subscription)] == ["1"]
        groups.members["T1", 7] = {"b"}
        await broadcaster.groups_changed("T2")
        broadcaster.publish([make_event(3, device="a"), make_event(4, device="b")])
        assert [event["id"] for event in await taken(subscription)] == ["3"]
        await broadcaster.groups_changed()
        broadcaster.publish([make_event(5, device="a"), make_event(6, device="b")])
        assert [event["id"] for event in await taken(subscription)] == ["6"]


async def test_the_old_filter_stays_when_groups_cannot_be_looked_up() -> None:
    groups = Groups()
    broadcaster = Broadcaster(groups)
    with broadcaster.open_subscription("T1") as subscription:
        await broadcaster.set_filter(subscription, StreamFilter(), "null")
        groups.is_away = True
        with pytest.raises(Unavailable):
            await broadcaster.set_filter(
                subscription, StreamFilter(group_ids=frozenset({1})), "never sent"
            )
        broadcaster.publish([make_event()])
        assert len(await taken(subscription)) == 2


filters = st.builds(
    StreamFilter,
    device_ids=st.frozensets(st.sampled_from(DEVICES)),
    group_ids=st.frozensets(st.integers(1, 3)),
    metric_names=st.frozensets(st.sampled_from(METRICS)),
)
events = st.builds(
    make_event,
    number=st.integers(1, 10**6),
    tenant=st.sampled_from(TENANTS),
    device=st.sampled_from(DEVICES),
    metrics=st.dictionaries(st.sampled_from(METRICS), st.integers(0, 9)),
)
members = st.dictionaries(
    st.tuples(st.sampled_from(TENANTS), st.integers(1, 3)), st.sets(st.sampled_from(DEVICES))
)


@given(
    members,
    st.lists(st.tuples(st.sampled_from(TENANTS), filters), max_size=5),
    st.lists(events, max_size=20),
)
def test_every_client_gets_what_a_slow_and_obvious_rule_says(
    memberships: dict[tuple[str, int], set[str]],
    clients: list[tuple[str, StreamFilter]],
    published: list[TelemetryEvent],
) -> None:
    groups = Groups()
    groups.members = memberships
    broadcaster = Broadcaster(groups, ring_capacity=100)

    def expected(tenant: str, wanted: StreamFilter) -> list[tuple[str, dict[str, MetricValue]]]:
        seen = []
        for event in published:
            in_group = any(
                event.device_id in memberships.get((tenant, group), ())
                for group in wanted.group_ids
            )
            metrics = {
                name: value
                for name, value in event.metrics.items()
                if not wanted.metric_names or name in wanted.metric_names
            }
            if (
                event.tenant_id == tenant
                and (not wanted.device_ids or event.device_id in wanted.device_ids)
                and (not wanted.group_ids or in_group)
                and (metrics or not wanted.metric_names)
            ):
                seen.append((str(event.event_id), metrics))
        return seen

    async def check() -> None:
        async def with_clients(rest: list[tuple[str, StreamFilter]]) -> None:
            if not rest:
                broadcaster.publish(published)
                return
            (tenant, wanted), *others = rest
            with broadcaster.open_subscription(tenant) as subscription:
                await broadcaster.set_filter(subscription, wanted, "null")
                await with_clients(others)
                got = await taken(subscription)
            assert [(e["id"], e["metrics"]) for e in got[1:]] == expected(tenant, wanted)

        await with_clients(clients)

    trio.run(check)


def test_a_tenant_may_have_a_bound_of_its_own_that_changes() -> None:
    bounds, refused = {"T1": 1, "T2": 0}, list[str]()
    broadcaster = Broadcaster(
        Groups(), most_of=lambda tenant_id: bounds[tenant_id], refused=refused.append
    )
    with ExitStack() as streams:
        streams.enter_context(broadcaster.open_subscription("T1"))
        with pytest.raises(TooManyStreams) as full:
            broadcaster.check_place("T1")
        assert (full.value.limit, full.value.usage, refused) == (1, 1, ["T1"])
        for _ in range(50):
            streams.enter_context(broadcaster.open_subscription("T2"))
        assert broadcaster.open_streams("T2") == 50
        bounds["T1"] = 2
        streams.enter_context(broadcaster.open_subscription("T1"))
