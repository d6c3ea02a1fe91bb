"""What cannot be shown costs itself: the event, the tenant's alerts, the tenant's groups."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import attrs
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from pulse_router.domain.alerts import Alert
from pulse_router.domain.errors import DataRefused, Unavailable
from pulse_router.domain.live import as_event
from pulse_router.domain.messages import TelemetryEvent
from pulse_router.streaming.alerts import AlertFeed
from pulse_router.streaming.broadcaster import Broadcaster
from pulse_router.streaming.filters import StreamFilter
from tests.support.streams.groups import NoGroups
from tests.support.streams.table import make_message

FAULTS = [ValueError, RecursionError, KeyError]
UNSHOWABLE: list[Any] = [object(), 1j, {1: {2: object()}}, float]


def make_event(number: int, value: Any) -> TelemetryEvent:
    return attrs.evolve(as_event(make_message(number)), metrics={"n": number, "x": value})


@given(st.lists(st.none() | st.sampled_from(UNSHOWABLE), max_size=8))
@settings(max_examples=50)
def test_an_event_that_cannot_be_shown_is_counted_as_missed_and_the_others_come(
    values: list[Any],
) -> None:
    async def main() -> None:
        broadcaster = Broadcaster(NoGroups(), ring_capacity=100)
        with (
            broadcaster.open_subscription("T") as one,
            broadcaster.open_subscription("T") as other,
        ):
            await broadcaster.set_filter(one, StreamFilter(), "connected")
            only_n = StreamFilter(metric_names=frozenset({"n"}))
            await broadcaster.set_filter(other, only_n, "connected")
            with capture_logs() as told:
                broadcaster.publish([make_event(n, value) for n, value in enumerate(values)])
            bad = sum(value is not None for value in values)
            taken = await one.outbox.take()
            ids = [item.event_id for item in taken.items if not isinstance(item, str)]
            assert ids == [n for n, value in enumerate(values) if value is None]
            assert (taken.dropped, broadcaster.dropped) == (bad, bad)
            assert len(told) == bool(bad)
            # Whoever does not look at what is wrong with it has it whole.
            assert len((await other.outbox.take()).items) == 1 + len(values)

    trio.run(main)


@attrs.define
class SomeFail:
    """Groups and alerts that cannot be had of some tenants."""

    fault: Exception
    failing: Collection[str] = ()
    asked: list[str] = attrs.field(factory=list)

    async def load_group_members(
        self, tenant_id: str, group_ids: Collection[int]
    ) -> Mapping[int, Collection[str]]:
        await self._ask(tenant_id)
        return {group: {f"{tenant_id}-{len(self.asked)}"} for group in group_ids}

    async def load_open_alerts(self, tenant_id: str, *, limit: int) -> Sequence[Alert]:
        assert limit > 0
        await self._ask(tenant_id)
        return ()

    async def _ask(self, tenant_id: str) -> None:
        await trio.lowlevel.checkpoint()
        self.asked.append(tenant_id)
        if tenant_id in self.failing:
            raise self.fault


@pytest.mark.parametrize(
    "fault", [ValueError("x"), DataRefused("x", sqlstate="22000"), ExceptionGroup("x", [OSError()])]
)
async def test_groups_and_alerts_that_cannot_be_read_cost_their_tenant_only(
    fault: Exception,
) -> None:
    source = SomeFail(fault)
    broadcaster, alerts = Broadcaster(source), AlertFeed(source)
    shown: list[str] = []
    with (
        broadcaster.open_subscription("A") as a,
        broadcaster.open_subscription("B") as b,
        broadcaster.open_subscription("C") as c,
    ):
        for subscription in (a, b, c):
            wanted = StreamFilter(group_ids=frozenset({1}))
            await broadcaster.set_filter(subscription, wanted, "connected")
            tenant = subscription.tenant_id
            await alerts.watch(tenant, lambda _alerts, tenant=tenant: shown.append(tenant))  # type: ignore[misc]
        before = b.devices
        source.failing = ["B"]
        with capture_logs() as told:
            await broadcaster.groups_changed()
            await alerts.changed()
        after = [sorted(each.devices or ()) for each in (a, c)]
        assert (after, b.devices) == ([["A-7"], ["C-9"]], before)
        assert shown == ["A", "C"]
        assert [line["tenant_id"] for line in told] == ["B", "B"]
        source.fault = Unavailable("the database is away")
        with pytest.raises(Unavailable):
            await alerts.changed()
