"""`/api/v2/ws` over a real WebSocket: devices, alerts, refusals."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

from trio_websocket import WebSocketConnection

from pulse_router.domain.live import as_event
from pulse_router.domain.messages import Message
from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role
from tests.support.api.server import ApiForTests, make_token
from tests.support.servers.postgres import PostgresForTests
from tests.support.streams.table import make_message
from tests.support.streams.websocket import closed_with, read, refused, tell
from tests.support.waiting import wait_until

PATH = "/api/v2/ws"
REQUIRED = {"type": "error", "message": "device_id required for device subscription"}


def opened(
    api: ApiForTests, tenant: str = "TENANT1"
) -> AbstractAsyncContextManager[WebSocketConnection]:
    return api.stream(path=PATH, token=make_token(tenant))


def message(event_id: int, device: str = "A", msg_type: str = "telemetry") -> Message:
    return make_message(event_id, device, "TENANT1", msg_type)


def accept(api: ApiForTests, *messages: Message) -> None:
    """What ingest does with messages."""
    api.recent.add(messages)
    api.broadcaster.publish([as_event(m) for m in messages if m.msg_type == "telemetry"])


def pushed(event_id: int, device: str = "A") -> dict[str, Any]:
    data = {"timestamp": "2026-02-16T00:00:00Z", "metrics": {"n": event_id}}
    return {"type": "telemetry", "device_id": device, "data": data}


async def subscribe(stream: WebSocketConnection, device: str, action: str = "subscribe") -> Any:
    return await tell(stream, action=action, type="device", device_id=device)


async def test_a_device_shows_its_latest_value_and_then_what_arrives(
    api: ApiForTests, database: Database
) -> None:
    stored = [message(1), message(2), message(3, msg_type="status"), message(4, "B")]
    async with database.transaction(Role.INGEST) as transaction:
        await transaction.copy("telemetry", Message._fields, stored)
    api.recent.open(4)
    async with opened(api) as stream:
        accept(api, message(5))  # nothing was asked for yet
        subscribed = {"type": "subscribed", "channel": "device", "device_id": "B"}
        assert await subscribe(stream, "B") == subscribed
        assert await read(stream) == pushed(4, "B")  # of the table
        assert (await subscribe(stream, "A"))["device_id"] == "A"
        assert await read(stream) == pushed(5)  # of the ring
        assert (await subscribe(stream, "C"))["device_id"] == "C"  # has sent nothing
        accept(api, message(6, "C"), message(7, "D"), message(8))
        assert await read(stream) == pushed(6, "C")
        assert await read(stream) == pushed(8)
        unsubscribed = {"type": "unsubscribed", "channel": "device", "device_id": "C"}
        assert await subscribe(stream, "C", "unsubscribe") == unsubscribed
        accept(api, message(9, "C"), message(10))
        assert await read(stream) == pushed(10)
        for device in ("A", "B"):
            await subscribe(stream, device, "unsubscribe")
        accept(api, message(11), message(12, "D"))
        assert await tell(stream, action="subscribe", type="device") == REQUIRED
    async with opened(api, "TENANT2") as other:
        assert (await subscribe(other, "A"))["type"] == "subscribed"
        accept(api, message(13))
        assert await tell(other, action="subscribe", type="device") == REQUIRED


async def test_the_latest_of_the_table_is_by_the_devices_time_and_telemetry(
    api: ApiForTests, database: Database
) -> None:
    stored = [message(n, msg_type="status") for n in range(2, 700)]
    async with database.transaction(Role.INGEST) as transaction:
        await transaction.copy("telemetry", Message._fields, [message(1), *stored])
    api.recent.open(700)
    async with opened(api) as stream:
        await subscribe(stream, "A")
        assert await read(stream) == pushed(1)


async def test_alerts_are_shown_at_once_and_at_every_change(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> None:
    def run(sql: str) -> None:
        postgres_server.psql(database_name, sql)

    def raise_alert(title: str, tenant: str = "TENANT1") -> None:
        run(
            "INSERT INTO alerts (tenant_id, device_id, severity, title, key)"
            f" VALUES ('{tenant}', 'A', 'WARNING', '{title}', '{title}')"
        )

    async def titles(stream: WebSocketConnection) -> list[str]:
        shown = await read(stream)
        assert shown["type"] == "alerts"
        return [alert["title"] for alert in shown["alerts"]]

    raise_alert("hot")
    raise_alert("foreign", "TENANT2")
    async with opened(api) as stream:
        answer = await tell(stream, action="subscribe", type="alerts")
        assert answer == {"type": "subscribed", "channel": "alerts"}
        shown = await read(stream)
        [alert] = shown["alerts"]
        assert (alert["title"], alert["status"], alert["device_id"]) == ("hot", "OPEN", "A")
        async with api.client() as client:
            listed = (await client.get("/api/v1/customer/alerts")).json()
        assert listed["alerts"] == shown["alerts"]
        await api.alert_feed.changed()  # a poll that finds nothing new says nothing
        raise_alert("cold")
        await api.alert_feed.changed("TENANT1")
        assert await titles(stream) == ["cold", "hot"]
        run("UPDATE alerts SET status = 'CLOSED', closed_at = now() WHERE title = 'hot'")
        await api.alert_feed.changed("TENANT1")
        assert await titles(stream) == ["cold"]
        answer = await tell(stream, action="unsubscribe", type="alerts")
        assert answer == {"type": "unsubscribed", "channel": "alerts"}
        raise_alert("wet")
        await api.alert_feed.changed()
        assert await tell(stream, action="subscribe", type="device") == REQUIRED
        await tell(stream, action="subscribe", type="alerts")
        assert await titles(stream) == ["wet", "cold"]
        run(
            "INSERT INTO alerts (tenant_id, device_id, severity, title, key)"
            " SELECT 'TENANT1', 'A', 'INFO', 'many', n::text FROM generate_series(1, 200) AS n"
        )
        await api.alert_feed.changed("TENANT1")
        assert await titles(stream) == ["many"] * 100


async def test_what_makes_no_sense_is_answered_and_the_stream_goes_on(api: ApiForTests) -> None:
    async with opened(api) as stream:
        for text, problem in (
            ('{"action": "subscribe", "type": "device"}', REQUIRED["message"]),
            ('{"action": "unsubscribe", "type": "device"}', REQUIRED["message"]),
            ('{"action": "subscribe", "type": "weather"}', "Unknown type: weather"),
            ('{"action": "fly", "type": "device"}', "Unknown action: fly"),
            ('{"action": "subscribe"}', "missing required field type"),
            ('{"action": "subscribe", "type": "device", "device_id": "a b"}', "device_id"),
            ("{", "truncated"),
        ):
            await stream.send_message(text)
            answer = await read(stream)
            assert answer["type"] == "error"
            assert problem in answer["message"]
        assert (await subscribe(stream, "A"))["type"] == "subscribed"


async def test_places_tokens_and_the_end_are_those_of_the_other_streams(api: ApiForTests) -> None:
    async with refused(api, path=PATH, token=None) as ended:
        assert ended == (4001, "Missing token parameter")
    async with refused(api, path=PATH, token=make_token(None)) as ended:
        assert ended == (4003, "No tenant_id in token")
    async with api.stream() as first, opened(api) as second, opened(api) as third:
        await read(first)
        await subscribe(second, "A")
        await subscribe(third, "A")
        async with opened(api) as fourth:
            await fourth.send_message('{"action":"subscribe","type":"device","device_id":"A"}')
            full = "Max streaming connections (3) reached for tenant"
            assert await closed_with(fourth) == (4029, full)
        api.stopping.set()
        assert (await closed_with(second))[0] == 1001
        assert (await closed_with(third))[0] == 1001
    await wait_until(lambda: api.broadcaster.total_connections == 0)


async def test_an_outage_is_said_and_what_needs_no_database_goes_on(
    api: ApiForTests, postgres_server: PostgresForTests
) -> None:
    api.recent.open(0)
    accept(api, message(1))
    async with opened(api) as stream:
        postgres_server.stop()
        try:
            answer = await tell(stream, action="subscribe", type="alerts")
            assert (answer["type"], "try again" in answer["message"]) == ("error", True)
            await subscribe(stream, "A")
            assert await read(stream) == pushed(1)
        finally:
            postgres_server.start()
