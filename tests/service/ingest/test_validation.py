"""Every reason for which a message is refused, from the wire to the row, and what limits do."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx2
import msgspec
import trio

from pulse_router.domain.messages import Reason
from tests.support.commands.router import DEVICE_TOKEN, TENANT, World, make_token
from tests.support.endurance.books import assert_books_balance, assert_router_says_so
from tests.support.mqtt.publisher import open_publisher
from tests.support.waiting import wait_until

GOOD = {"provision_token": DEVICE_TOKEN, "metrics": {"temperature": 90}}


def body(**fields: Any) -> bytes:
    """A good payload with other fields; None removes one."""
    return msgspec.json.encode({k: v for k, v in (GOOD | fields).items() if v is not None})


async def publish(world: World, messages: Sequence[tuple[str, bytes]]) -> None:
    async with open_publisher(world.broker.port) as publisher:
        for topic, payload in messages:
            await publisher.publish(topic, payload)
        await publisher.wait_for(len(messages))


async def wait_for_messages(world: World, count: int) -> None:
    await wait_until(lambda: world.value(f"SELECT ({STORED}) + ({REJECTED})") == str(count))


STORED = "SELECT count(*) FROM telemetry"
REJECTED = "SELECT count(*) FROM rejected_messages"


def refused(world: World) -> Counter[str]:
    rows = world.rows("SELECT reason, count(*) FROM rejected_messages GROUP BY 1")
    return Counter({reason: int(count) for reason, count in rows})


async def test_every_reason_from_the_wire_and_the_good_message_among_them(world: World) -> None:
    """All but one are acknowledged in one session, with the good one in their midst."""
    world.rows(f"UPDATE devices SET status = 'REVOKED' WHERE device_id = 'DEV-009'; {SECOND}")
    world.router.environment["PULSE_INGEST_DEVICE_RATE"] = "1"
    await world.router.start_and_wait()
    topic = world.topic()
    fast = world.topic(8)
    await publish(
        world,
        [
            (f"tenant/{TENANT}/device/{'d' * 129}/telemetry", body()),
            (f"tenant/{TENANT}/device/a b/telemetry", body()),
            (topic, b'{"provision_token":"' + DEVICE_TOKEN.encode() + b'","metrics":{"a":'),
            (topic, body(blob="x" * 70_000)),
            (topic, body(ts="yesterday")),
            (topic, body(metrics=None)),
            (topic, body(metrics={f"m{n}": n for n in range(201)})),
            (topic, body(metrics={"a": {}})),
            (topic, b'{"metrics":{"a":1e400000}}'),
            (topic, body(tenant_id="TENANT2")),
            (topic, body()),
            (world.topic(777), body()),
            ("tenant/NOBODY/device/DEV-000/telemetry", body()),
            (world.topic(9), body()),
            (topic, body(provision_token=None)),
            (topic, body(provision_token="not the token")),
            (topic, body(site_id="SITE-2")),
            (topic, body(metrics={"a": "\0"})),
            *[(fast, body())] * 5,
        ],
    )
    await wait_for_messages(world, 23)
    found = refused(world)
    assert set(found) == set(Reason) - {Reason.EMPTY}  # which is counted, and not kept
    assert found.pop("RATE_LIMITED") >= 2
    twice = {"BAD_TOPIC", "METRIC_INVALID", "UNREGISTERED_DEVICE"}
    assert found == {reason: 1 + (reason in twice) for reason in found}
    assert world.value(f"{STORED} WHERE device_id = 'DEV-000'") == "1"
    tenants = "SELECT reason FROM rejected_messages WHERE tenant_id IS NULL ORDER BY 1"
    assert world.rows(tenants) == [["BAD_TOPIC"], ["BAD_TOPIC"], ["UNREGISTERED_DEVICE"]]
    assert_books_balance(world)
    await assert_router_says_so(world)


# Another tenant's device of the same id, so that a mix-up would show.
SECOND = "INSERT INTO devices (tenant_id, device_id) VALUES ('TENANT2', 'DEV-000')"


async def test_what_the_operator_limits_is_limited(world: World) -> None:
    world.router.environment |= {
        "PULSE_INGEST_MAX_PAYLOAD_BYTES": "200",
        "PULSE_INGEST_MAX_METRICS": "2",
        "PULSE_INGEST_REQUIRE_TOKEN": "false",
        "PULSE_INGEST_TENANT_RATE": "1",
        "PULSE_INGEST_MAX_REJECTIONS_PER_MINUTE": "3",
    }
    await world.router.start_and_wait()
    topic = world.topic()
    await publish(
        world,
        [
            (topic, body(blob="x" * 200)),
            (topic, body(metrics={"a": 1, "b": 2, "c": 3})),
            (topic, body(provision_token=None)),
            *[(world.topic(number % 10), body()) for number in range(60)],
        ],
    )
    await wait_until(lambda: _received(world) == 63)
    found = refused(world)
    capped = 63 - int(world.value(STORED)) - found.total()
    assert capped >= 40
    # The minute may have turned while they came.
    assert found.pop("RATE_LIMITED") in {3, 4, 5, 6}
    assert found == {"PAYLOAD_TOO_LARGE": 1, "TOO_MANY_METRICS": 1}
    metrics = world.router.get("/metrics")
    assert metrics is not None
    assert f'pulse_ingest_refused_unkept_total{{reason="RATE_LIMITED"}} {capped}.0' in metrics.text
    assert_books_balance(world, capped=capped)
    await assert_router_says_so(world)


def _received(world: World) -> int:
    return int(world.value("SELECT coalesce(sum(received), 0) FROM ingest_batches"))


async def test_an_unknown_device_registers_itself_where_the_operator_wants_it(world: World) -> None:
    world.router.environment["PULSE_INGEST_AUTO_PROVISION"] = "true"
    await world.router.start_and_wait()
    new = "tenant/TENANT9/device/NEW-1/telemetry"
    first = body(provision_token="the first token", site_id="SITE-9")
    other = body(provision_token="another token")
    await publish(world, [(new, first), (new, other), (new, first)])
    await wait_for_messages(world, 3)
    await publish(world, [(new, first), (new, other)])
    await wait_for_messages(world, 5)
    token_hash = hashlib.sha256(b"the first token").hexdigest()
    [device] = world.rows(
        "SELECT tenant_id, site_id, encode(provision_token_hash, 'hex'), status FROM devices"
        " WHERE device_id = 'NEW-1'"
    )
    assert device == ["TENANT9", "SITE-9", token_hash, "ACTIVE"]
    assert world.value(f"{STORED} WHERE site_id = 'SITE-9'") == "3"
    assert refused(world) == {"TOKEN_INVALID": 2}
    assert_books_balance(world)
    await assert_router_says_so(world)


async def test_a_device_that_is_registered_and_publishes_at_once_is_never_refused(
    world: World,
) -> None:
    """It was refused just before, so a router that remembered strangers would refuse it again."""
    await world.router.start_and_wait()
    count = 60
    headers = {"Authorization": f"Bearer {make_token()}"}
    async with (
        open_publisher(world.broker.port) as publisher,
        httpx2.AsyncClient(base_url=world.router.url, headers=headers) as api,
    ):
        for number in range(count):
            device_id = f"FRESH-{number}"
            topic = f"tenant/{TENANT}/device/{device_id}/telemetry"
            if number % 2:
                await publisher.publish(topic, body(provision_token="too early"))
            answer = await api.post("/customer/devices", json={"device_id": device_id})
            assert answer.status_code == 201, answer.text
            token = answer.json()["provision_token"]
            for _ in range(3):
                await publisher.publish(topic, body(provision_token=token))
        # To leave before the broker has acknowledged may reset the line, and lose what is on it.
        await publisher.wait_for(3 * count + count // 2)
    stored = f"{STORED} WHERE device_id LIKE 'FRESH-%'"
    await wait_for_messages(world, 3 * count + count // 2)
    assert world.value(stored) == str(3 * count)
    assert refused(world).total() == count // 2
    assert_books_balance(world)
    await assert_router_says_so(world)


async def test_when_a_device_was_last_heard_of_can_be_seen(world: World) -> None:
    await world.router.start_and_wait()
    await publish(world, [(world.topic(3), body()), (world.topic(4), b"{")])
    await wait_for_messages(world, 2)
    assert await trio.to_thread.run_sync(world.router.stop) == 0
    seen = "SELECT device_id FROM devices WHERE last_seen_at > now() - interval '1 minute'"
    assert world.rows(seen) == [["DEV-003"]]
