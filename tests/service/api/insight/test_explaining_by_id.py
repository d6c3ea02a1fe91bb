"""Routes are asked of messages that have come in, by their ids."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pulse_router.domain.event_ids import first_id_at
from pulse_router.domain.messages import Reason, Rejection
from pulse_router.postgres.database import Database
from tests.support.api.server import ROUTE, ApiForTests, make_token
from tests.support.ingest.outcomes import add_dead_letter, add_pending, add_rejection
from tests.support.ingest.telemetry import message, store

PATH = "/customer/message-routes"
NOON = datetime(2026, 2, 16, 12, tzinfo=UTC)
EVENT = first_id_at(NOON.timestamp())
TOPIC = "tenant/TENANT1/device/DEV-001/telemetry"


async def explained(api: ApiForTests, body: dict[str, Any], *, status: int = 200) -> Any:
    async with api.client() as client:
        answer = await client.post(f"{PATH}/explain", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.fixture
async def route(api: ApiForTests) -> None:
    async with api.client() as client:
        assert (await client.post(PATH, json=ROUTE)).is_success


async def test_a_stored_message_is_asked_about_by_what_is_kept_of_it(
    api: ApiForTests, database: Database, route: None
) -> None:
    await store(database, [message(EVENT, NOON, metrics='{"temperature":70}', extra='{"fw":"2"}')])
    answer = await explained(api, {"event_id": str(EVENT)})
    assert (answer["topic"], answer["payload_is_exact"]) == (TOPIC, False)
    [told] = answer["routes"]
    assert (told["verdict"], told["reason"]) == ("false", "temperature 70 > 80 does not hold")


async def test_what_waits_or_was_given_up_keeps_the_payload_as_it_came(
    api: ApiForTests, database: Database, route: None
) -> None:
    await store(database, [message(EVENT, NOON, metrics='{"temperature":70}')])
    payload = '{"ts": 17, "metrics": {"temperature": 95}}'
    await add_pending(database, EVENT, at=NOON, payload=payload)
    letter = await add_dead_letter(database, EVENT + 7, at=NOON, payload=payload)
    for body in ({"event_id": str(EVENT)}, {"dead_letter_id": letter}):
        answer = await explained(api, body)
        assert (answer["payload_is_exact"], answer["routes"][0]["verdict"]) == (True, "true")


async def test_a_refused_message_says_what_it_would_have_met(
    api: ApiForTests, database: Database, route: None
) -> None:
    refusal = Rejection(
        NOON, "TENANT1", "DEV-001", TOPIC, Reason.SITE_MISMATCH, "d", b'{"temperature": 81}'
    )
    number = await add_rejection(database, refusal)
    assert (await explained(api, {"rejected_id": number}))["routes"][0]["verdict"] == "true"
    bad = await add_rejection(database, refusal._replace(payload=b"\xff{"))
    problem = await explained(api, {"rejected_id": bad}, status=422)
    assert problem["errors"] == [{"field": "rejected_id", "message": "its payload is not JSON"}]


async def test_a_message_is_told_in_one_way_and_is_the_tenants_own(
    api: ApiForTests, database: Database
) -> None:
    await store(database, [message(EVENT, NOON)])
    letter = await add_dead_letter(database, EVENT, at=NOON)
    given = {"topic": TOPIC, "payload": {}}
    bad: list[dict[str, Any]] = [{}, {"topic": TOPIC}, {"payload": {}}, given | {"event_id": "1"}]
    for body in bad:
        problem = await explained(api, body, status=422)
        assert {fault["field"] for fault in problem["errors"]} == {
            "topic",
            "event_id",
            "rejected_id",
            "dead_letter_id",
        }
    async with api.client(make_token("TENANT2")) as other:
        bodies: list[dict[str, Any]] = [{"dead_letter_id": letter}, {"rejected_id": 1}]
        for body in [{"event_id": str(EVENT)}, *bodies]:
            answer = await other.post(f"{PATH}/explain", json=body)
            assert answer.status_code == 404, body
