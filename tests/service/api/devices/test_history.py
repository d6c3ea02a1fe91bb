"""History and rejected messages over HTTP, on a real database."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pulse_router.postgres.database import Database
from pulse_router.stores.rejections import SHOWN_BYTES
from pulse_router.stores.roles import Role
from tests.support.api.server import ApiForTests, make_token
from tests.support.ingest.telemetry import message, store

NOON = datetime(2026, 2, 16, 12, tzinfo=UTC)
HISTORY = "/api/v1/customer/devices/DEV-001/telemetry"
REJECTED = "/api/v1/customer/rejected-messages"


async def get(api: ApiForTests, path: str, *, token: str = "", status: int = 200) -> Any:
    async with api.client(token) as client:
        answer = await client.get(path)
    assert answer.status_code == status, answer.text
    return answer.json()


def faults(problem: dict[str, Any]) -> set[str]:
    return {fault["field"] for fault in problem["errors"]}


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
async def test_history_is_shown_as_the_contract_says(
    api: ApiForTests, database: Database, prefix: str
) -> None:
    event_id = 2**60 + 1
    received = NOON + timedelta(milliseconds=1500)
    await store(
        database,
        [
            message(event_id, received, time=NOON, metrics='{"t":1.50,"on":true,"n":null}'),
            message(7, NOON, time=NOON - timedelta(days=400), metrics=None, extra='{"fw":"2"}'),
        ],
    )
    body = await get(api, f"{prefix}/customer/devices/DEV-001/telemetry")
    assert body == {
        "telemetry": [
            {
                "id": str(event_id),
                "timestamp": "2026-02-16T12:00:00Z",
                "received_at": "2026-02-16T12:00:01.500000Z",
                "device_id": "DEV-001",
                "site_id": "SITE-1",
                "msg_type": "telemetry",
                "metrics": {"t": 1.5, "on": True, "n": None},
            },
            {
                "id": "7",
                "timestamp": "2025-01-12T12:00:00Z",
                "received_at": "2026-02-16T12:00:00Z",
                "device_id": "DEV-001",
                "site_id": "SITE-1",
                "msg_type": "telemetry",
                "metrics": None,
                "extra": {"fw": "2"},
            },
        ],
        "total": 2,
        "total_is_exact": True,
        "limit": 50,
        "offset": 0,
        "next": None,
    }


async def test_a_range_is_given_in_any_offset_from_utc(
    api: ApiForTests, database: Database
) -> None:
    await store(database, [message(n, NOON + timedelta(hours=n)) for n in range(4)])
    for start, end in (
        ("2026-02-16T13:00:00Z", "2026-02-16T15:00:00Z"),
        ("2026-02-16T14:00:00%2B01:00", "2026-02-16T16:00:00+01:00"),
    ):
        body = await get(api, f"{HISTORY}?from={start}&to={end}")
        assert [item["id"] for item in body["telemetry"]] == ["2", "1"]
        assert body["total"] == 2


async def test_pages_go_by_offset_or_by_cursor(api: ApiForTests, database: Database) -> None:
    await store(database, [message(n, NOON + timedelta(hours=n)) for n in range(5)])
    first = await get(api, f"{HISTORY}?limit=2")
    by_offset = await get(api, f"{HISTORY}?limit=2&offset=2")
    by_cursor = await get(api, f"{HISTORY}?limit=2&before={first['next']}")
    last = await get(api, f"{HISTORY}?limit=2&before={by_cursor['next']}")
    assert [item["id"] for item in by_cursor["telemetry"]] == ["2", "1"]
    assert by_cursor["telemetry"] == by_offset["telemetry"]
    assert (first["total"], by_cursor["total"], last["total"]) == (5, 5, 5)
    assert ([item["id"] for item in last["telemetry"]], last["next"]) == (["0"], None)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=yesterday", "from"),
        ("to=2026-02-16", "to"),
        ("from=2026-02-16T12:00:00", "from"),
        ("from=1771200000", "from"),
        ("from=0001-01-01T00:00:00%2B14:00", "from"),
        ("from=2026-02-16T12:00:00Z&to=2026-02-16T12:00:00Z", "to"),
        ("before=x", "before"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("offset=10001", "offset"),
    ],
)
async def test_a_parameter_that_is_wrong_is_named(api: ApiForTests, query: str, field: str) -> None:
    problem = await get(api, f"{HISTORY}?{query}", status=400)
    assert faults(problem) == {field}


async def test_a_device_that_is_not_the_tenant_s_is_not_found(
    api: ApiForTests, database: Database
) -> None:
    await store(database, [message(1, NOON, tenant_id="TENANT2", device_id="DEV-002")])
    for device_id in ("DEV-002", "%C3%A9", "x" * 129):
        path = f"/api/v1/customer/devices/{device_id}/telemetry"
        problem = await get(api, path, status=404)
        assert problem["detail"] == "There is no such device."
    null = "/api/v1/customer/devices/a%00b/telemetry"
    assert faults(await get(api, null, status=400)) == {"device_id"}


@pytest.mark.parametrize("path", [HISTORY, REJECTED])
async def test_viewers_may_read_and_nobody_without_a_tenant(
    api: ApiForTests, database: Database, path: str
) -> None:
    await store(database, [message(1, NOON)])
    await get(api, path, token=make_token("TENANT1", "customer_viewer"))
    await get(api, path, token=make_token(None, "customer"), status=403)
    async with api.client(None) as client:
        assert (await client.get(path)).status_code == 401


# Rejected messages ----------------------------------------------------------------------------


async def reject(database: Database, *rows: dict[str, Any]) -> None:
    usual = {
        "received_at": NOON,
        "tenant_id": "TENANT1",
        "device_id": "DEV-001",
        "topic": "tenant/TENANT1/device/DEV-001/telemetry",
        "reason": "BAD_JSON",
        "detail": "no JSON",
        "payload": b"{",
    }
    async with database.transaction(Role.INGEST) as transaction:
        await transaction.copy(
            "rejected_messages", list(usual), [tuple((usual | row).values()) for row in rows]
        )


async def test_rejected_messages_are_shown_newest_first_with_the_reason(
    api: ApiForTests, database: Database
) -> None:
    await reject(database, {}, {"received_at": NOON + timedelta(hours=1), "device_id": None})
    body = await get(api, REJECTED)
    assert (body["total"], body["limit"], body["offset"]) == (2, 50, 0)
    newest, oldest = body["messages"]
    assert newest["device_id"] is None
    del oldest["id"]
    assert oldest == {
        "received_at": "2026-02-16T12:00:00Z",
        "device_id": "DEV-001",
        "topic": "tenant/TENANT1/device/DEV-001/telemetry",
        "reason": "BAD_JSON",
        "detail": "no JSON",
        "payload": "{",
        "payload_encoding": "utf-8",
        "payload_bytes": 1,
        "payload_is_cut": False,
    }


@pytest.mark.parametrize(
    ("payload", "shown", "encoding"),
    [
        (b"", "", "utf-8"),
        ("grüße\0".encode(), "grüße\0", "utf-8"),
        (b"\xff\xfe", base64.b64encode(b"\xff\xfe").decode(), "base64"),
        (b"ok\xc3", base64.b64encode(b"ok\xc3").decode(), "base64"),
        (b"x" * SHOWN_BYTES, "x" * SHOWN_BYTES, "utf-8"),
        (b"x" * (SHOWN_BYTES + 1), "x" * SHOWN_BYTES, "utf-8"),
        (b"x" + "é".encode() * SHOWN_BYTES, "x" + "é" * (SHOWN_BYTES // 2 - 1), "utf-8"),
        (
            b"\xff" * (SHOWN_BYTES + 1),
            base64.b64encode(b"\xff" * SHOWN_BYTES).decode(),
            "base64",
        ),
    ],
)
async def test_a_payload_is_text_where_it_is_text_and_shown_up_to_a_bound(
    api: ApiForTests, database: Database, payload: bytes, shown: str, encoding: str
) -> None:
    await reject(database, {"payload": payload})
    [message] = (await get(api, REJECTED))["messages"]
    assert (message["payload"], message["payload_encoding"]) == (shown, encoding)
    assert message["payload_bytes"] == len(payload)
    assert message["payload_is_cut"] is (len(payload) > SHOWN_BYTES)
    whole = await get(api, f"{REJECTED}/{message['id']}")
    sent = whole["payload"].encode()
    assert (base64.b64decode(sent) if encoding == "base64" else sent) == payload
    assert whole["payload_is_cut"] is False


async def test_rejected_messages_are_filtered_by_reason_device_and_time(
    api: ApiForTests, database: Database
) -> None:
    await reject(
        database,
        {"detail": "a"},
        {"detail": "b", "reason": "TOKEN_INVALID"},
        {"detail": "c", "reason": "TOKEN_INVALID", "device_id": "DEV-002"},
        {"detail": "d", "device_id": None, "received_at": NOON + timedelta(hours=1)},
    )
    for query, found in (
        ("reason=TOKEN_INVALID", "cb"),
        ("device_id=DEV-001", "ba"),
        ("reason=TOKEN_INVALID&device_id=DEV-001", "b"),
        ("limit=1&offset=1", "c"),
        ("device_id=DEV-009", ""),
        ("from=2026-02-16T12:00:01Z", "d"),
        ("to=2026-02-16T13:00:00%2B00:00&reason=BAD_JSON", "a"),
        ("from=2026-02-16T12:00:00Z&to=2026-02-16T13:00:01Z", "dcba"),
    ):
        body = await get(api, f"{REJECTED}?{query}")
        assert "".join(message["detail"] for message in body["messages"]) == found
    for query, fault in (("reason=UGLY", "reason"), ("from=noon", "from"), ("since=1", "since")):
        assert faults(await get(api, f"{REJECTED}?{query}", status=400)) == {fault}
    backwards = "from=2026-02-16T12:00:00Z&to=2026-02-16T12:00:00Z"
    assert faults(await get(api, f"{REJECTED}?{backwards}", status=400)) == {"to"}


async def test_a_tenant_sees_its_own_refusals_and_not_those_of_nobody(
    api: ApiForTests, database: Database
) -> None:
    await reject(database, {}, {"tenant_id": "TENANT2"}, {"tenant_id": None})
    assert (await get(api, REJECTED))["total"] == 1
    [mine] = (await get(api, REJECTED))["messages"]
    for refused in range(mine["id"], mine["id"] + 3):
        status = 200 if refused == mine["id"] else 404
        await get(api, f"{REJECTED}/{refused}", status=status)
    other = await get(api, f"{REJECTED}?limit=1", token=make_token("TENANT3"))
    assert (other["total"], other["messages"]) == (0, [])
