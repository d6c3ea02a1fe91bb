"""The ways by which values come in from outside, and an entry for each value that does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

import attrs
import httpx2
import trio

from tests.support.commands.router import DEVICE_TOKEN, TENANT, World, make_token
from tests.support.hostile.values import DEEP
from tests.support.mqtt.publisher import Publisher
from tests.support.plain_http import TRUSTS_NOBODY

CLIENT_ID: Final = "pulse-router"
ANOTHER_VERSION: Final = """
DO $$
DECLARE
  rule record;
BEGIN
  FOR rule IN SELECT conrelid::regclass AS name, conname FROM pg_constraint
              WHERE contype = 'c' AND connamespace = 'public'::regnamespace LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', rule.name, rule.conname);
  END LOOP;
END
$$;
"""
"""Another version's schema may allow what this one does not."""

_DEEP = '{"a":' * DEEP + "1" + "}" * DEEP


@attrs.frozen
class Outside:
    """The ways in.

    Attributes:
        world: Its database, as its superuser, and its router.
        publisher: A device that may publish anything.
        routes: Ids of a route that delivers, and of one whose endpoint refuses.
    """

    world: World
    publisher: Publisher
    good_route: int
    failing_route: int


Put: TypeAlias = Callable[[Outside], Awaitable[None]]


@attrs.frozen
class Entry:
    """A value from outside.

    Attributes:
        name: What it is.
        put: Puts it in.
        property: The test of the property that holds for all such values.
    """

    name: str
    put: Put
    property: str


def by_sql(*statements: str) -> Put:
    """Run statements as the database's superuser, as another version may have."""

    async def put(outside: Outside) -> None:
        names = {
            "{tenant}": TENANT,
            "{good}": str(outside.good_route),
            "{failing}": str(outside.failing_route),
            "{client}": CLIENT_ID,
            "{deep}": _DEEP,
        }
        script = ";\n".join(statements)
        for name, value in names.items():
            script = script.replace(name, value)
        await trio.to_thread.run_sync(outside.world.rows, script)

    return put


def together(*ways: Put) -> Put:
    """Put several in, one after the other."""

    async def put(outside: Outside) -> None:
        for way in ways:
            await way(outside)

    return put


def route_row(number: int, **columns: str) -> str:
    """Write a route, and a delivery that is pending for it."""
    known = {
        "name": "'hostile'",
        "topic_filter": "'tenant/+/device/+/telemetry'",
        "destination_type": "'webhook'",
        "destination_config": """'{"url": "http://127.0.0.1:9/hook"}'""",
    } | columns
    route_id = 900_000 + number
    return (
        f"INSERT INTO message_routes (id, tenant_id, {', '.join(known)}) OVERRIDING SYSTEM VALUE"
        f" VALUES ({route_id}, '{{tenant}}', {', '.join(known.values())});"
        "INSERT INTO route_deliveries (id, tenant_id, route_id, device_id, topic, payload,"
        f" event_id, event_time) VALUES ({route_id}, '{{tenant}}', {route_id}, 'DEV-000', 'a/b',"
        " '{}', 1,"
        " now())"
    )


def templated(template: str) -> str:
    """The configuration of a webhook with this template."""
    url = "http://127.0.0.1:9/hook"
    return f"""'{{"url": "{url}", "format": "template", "template": {template}}}'"""


def delivery_row(number: int, route: str, **columns: str) -> str:
    """Write a pending delivery."""
    known = {
        "topic": "'tenant/{tenant}/device/DEV-000/telemetry'",
        "payload": "'{\"metrics\":{}}'",
        "event_time": "now()",
    } | columns
    return (
        f"INSERT INTO route_deliveries (id, tenant_id, route_id, device_id, event_id,"
        f" {', '.join(known)}) VALUES ({number}, '{{tenant}}', {route}, 'DEV-000', 1,"
        f" {', '.join(known.values())})"
    )


def telemetry_row(number: int, time: str, received_at: str, metrics: str) -> str:
    """Write a message."""
    return (
        "INSERT INTO telemetry (event_id, time, received_at, tenant_id, device_id, site_id,"
        f" msg_type, metrics) VALUES ({number}, '{time}', {received_at}, '{{tenant}}', 'DEV-000',"
        f" 'SITE-1', 'telemetry', '{metrics}')"
    )


def batch_row(sequence: int, **columns: str) -> str:
    """Write what is known of a commit."""
    known = {
        "client_id": "'{client}'",
        "run_id": "1",
        "last_id": "1",
        "committed_at": "now()",
        "packet_ids": "'{1,2,3}'",
        "digests": "'{1,2,3}'",
        "tenants": "'{}'",
    } | columns
    return (
        f"INSERT INTO ingest_batches (sequence, {', '.join(known)}, received, stored, rejected,"
        f" duplicate, dropped, matched, written) VALUES ({sequence}, {', '.join(known.values())},"
        " 0, 0, 0, 0, 0, 0, 0)"
    )


def published(*payloads: bytes, properties: Sequence[tuple[str, str]] = ()) -> Put:
    """Publish as a device."""

    async def put(outside: Outside) -> None:
        for payload in payloads:
            topic = outside.world.topic(1)
            await outside.publisher.publish(topic, payload, properties=properties)

    return put


def requested(method: str, path: str, body: bytes) -> Put:
    """Ask the API as a client."""

    async def put(outside: Outside) -> None:
        headers = {
            "Authorization": f"Bearer {make_token()}",
            "Content-Type": "application/json",
        }
        async with httpx2.AsyncClient(
            base_url=outside.world.router.url, headers=headers, verify=TRUSTS_NOBODY
        ) as client:
            answer = await client.request(method, path, content=body)
        assert answer.status_code < 500, answer.text

    return put


def with_token(fields: str) -> bytes:
    """Write a payload of a registered device."""
    return f'{{"provision_token":"{DEVICE_TOKEN}",{fields}}}'.encode()
