"""What a client that chooses devices and alerts is sent, when much happens at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from pulse_router.api.streams.overview import OverviewChannels, OverviewFeeds
from pulse_router.api.streams.v2 import Choosing
from pulse_router.domain.alerts import Alert, AlertSeverity, AlertStatus
from pulse_router.domain.insight.flows import Flows
from pulse_router.domain.live import as_event
from pulse_router.streaming.alerts import AlertFeed
from pulse_router.streaming.broadcaster import Broadcaster
from pulse_router.streaming.changes import ChangeFeed
from pulse_router.streaming.figures import FiguresFeed
from pulse_router.streaming.recent import RecentEvents
from pulse_router.streaming.resume import Missed
from pulse_router.streaming.subscription import Subscription
from tests.support.streams.groups import NoGroups
from tests.support.streams.table import MemoryEventStore, make_message

SUBSCRIBE_ALERTS = '{"action": "subscribe", "type": "alerts"}'
UNSUBSCRIBE_ALERTS = '{"action": "unsubscribe", "type": "alerts"}'
SUBSCRIBE_A = '{"action": "subscribe", "type": "device", "device_id": "A"}'


class ScriptedAlerts:
    """So many open alerts as a test says."""

    count = 0

    async def load_open_alerts(self, tenant_id: str, *, limit: int) -> Sequence[Alert]:
        await trio.lowlevel.checkpoint()
        return [_alert(tenant_id, number) for number in range(min(self.count, limit))]


def _alert(tenant_id: str, number: int) -> Alert:
    time = datetime(2026, 2, 16, tzinfo=UTC)
    return Alert(
        id=number,
        tenant_id=tenant_id,
        device_id="A",
        severity=AlertSeverity.INFO,
        title="t",
        key=str(number),
        status=AlertStatus.OPEN,
        opened_at=time,
        updated_at=time,
        closed_at=None,
    )


class NoFlows:
    """Nothing ever moves."""

    async def load_flows(
        self, tenant_ids: Collection[str], *, whole: Collection[str], routes: Collection[int]
    ) -> Flows:
        del tenant_ids, whole, routes
        await trio.lowlevel.checkpoint()
        return Flows()


class World:
    """Feeds, and clients on them."""

    def __init__(self) -> None:
        self.broadcaster = Broadcaster(NoGroups(), ring_capacity=5)
        self.recent = RecentEvents()
        self.recent.open(0)
        self.store = MemoryEventStore()
        self.alerts = ScriptedAlerts()
        self.alert_feed = AlertFeed(self.alerts)
        self.overview = OverviewFeeds(FiguresFeed(NoFlows()), ChangeFeed())

    def accept(self, event_id: int) -> None:
        message = make_message(event_id, "A")
        self.recent.add([message])
        self.broadcaster.publish([as_event(message)])

    @contextmanager
    def client(self) -> Iterator[tuple[Choosing, Subscription]]:
        missed = Missed(self.broadcaster, self.recent, self.store, max_events=1)
        with self.broadcaster.open_silent("T") as subscription:
            overview = OverviewChannels(self.overview, "T", subscription.outbox)
            choosing = Choosing(self.broadcaster, subscription, missed, self.alert_feed, overview)
            yield choosing, subscription
            choosing.leave()


async def sent(choosing: Choosing, subscription: Subscription) -> list[dict[str, Any]]:
    """Take all that waits, and read it as the client does."""
    data, messages = choosing.frames(await subscription.outbox.take()), []
    while data:
        length, begin = data[1], 2
        if length == 126:
            length, begin = int.from_bytes(data[2:4], "big"), 4
        messages.append(msgspec.json.decode(data[begin : begin + length]))
        data = data[begin + length :]
    return messages


async def test_of_many_changes_a_slow_client_is_shown_the_last() -> None:
    world = World()
    with world.client() as (choosing, subscription):
        await choosing.answer(SUBSCRIBE_ALERTS)
        for world.alerts.count in range(1, 4):
            await world.alert_feed.changed("T")
        assert len(subscription.outbox) == 2
        [answer, shown] = await sent(choosing, subscription)
        assert (answer["type"], len(shown["alerts"])) == ("subscribed", 3)
        await world.alert_feed.changed()
        assert await sent(choosing, subscription) == []


async def test_whoever_asks_for_alerts_again_is_shown_them_behind_the_answer() -> None:
    world = World()
    with world.client() as (choosing, subscription):
        for text in (SUBSCRIBE_ALERTS, UNSUBSCRIBE_ALERTS, SUBSCRIBE_ALERTS):
            await choosing.answer(text)
        kinds = [message["type"] for message in await sent(choosing, subscription)]
        assert kinds == ["subscribed", "unsubscribed", "subscribed", "alerts"]
        await world.alert_feed.changed("T")
        assert await sent(choosing, subscription) == []
        world.alerts.count = 1
        await world.alert_feed.changed("T")
        [shown] = await sent(choosing, subscription)
        assert len(shown["alerts"]) == 1


async def test_nobody_is_asked_for_alerts_that_nobody_watches() -> None:
    world = World()
    with world.client() as (choosing, subscription):
        await choosing.answer(SUBSCRIBE_ALERTS)
        await sent(choosing, subscription)
    world.alerts.count = -1  # a question would be answered with nonsense
    await world.alert_feed.changed("T")
    await world.alert_feed.changed()
    assert len(subscription.outbox) == 0


async def test_what_arrives_while_the_table_is_asked_is_the_latest_and_comes_once() -> None:
    world = World()
    world.store.rows.append(make_message(1, "A"))

    async def meanwhile() -> None:
        await trio.lowlevel.checkpoint()
        world.store.meanwhile = trio.lowlevel.checkpoint
        world.accept(2)

    world.store.meanwhile = meanwhile
    with world.client() as (choosing, subscription):
        await choosing.answer(SUBSCRIBE_A)
        world.accept(3)
        [answer, *events] = await sent(choosing, subscription)
        assert answer["type"] == "subscribed"
        assert [event["data"]["metrics"]["n"] for event in events] == [2, 3]
        await choosing.answer(SUBSCRIBE_A)  # again: the latest comes again
        assert (await sent(choosing, subscription))[1]["data"]["metrics"] == {"n": 3}


async def test_a_slow_client_is_told_how_many_events_it_missed() -> None:
    world = World()
    with world.client() as (choosing, subscription):
        await choosing.answer(SUBSCRIBE_A)
        for number in range(1, 9):
            world.accept(number)
        messages = await sent(choosing, subscription)
        assert messages[0] == {"type": "dropped", "count": 3}
        assert [m["data"]["metrics"]["n"] for m in messages[2:]] == [4, 5, 6, 7, 8]


async def test_a_slow_client_gets_one_hint_for_many_and_behind_the_answer(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    del autojump_clock
    world = World()
    nursery.start_soon(world.overview.changes.run)
    with world.client() as (choosing, subscription):
        ask, leave = (
            f'{{"action": "{action}", "type": "changes"}}'
            for action in ("subscribe", "unsubscribe")
        )
        await choosing.answer(ask)
        world.overview.changes.note("T", "routes", 1)
        await wait_all_tasks_blocked()
        assert subscription.outbox.answers == 2
        world.overview.changes.note("T", "routes", 2)
        await trio.sleep(1.1)
        assert subscription.outbox.answers == 2  # it holds no more than one
        told = await sent(choosing, subscription)
        assert [each["type"] for each in told] == ["subscribed", "changes"]
        assert told[1]["changes"] == [{"kind": "routes", "ids": [1, 2]}]
        world.overview.changes.note("T", "alerts", None)
        await trio.sleep(1.1)
        await choosing.answer(leave)
        await choosing.answer(ask)
        told = await sent(choosing, subscription)
        assert [each["type"] for each in told] == ["unsubscribed", "subscribed"]
