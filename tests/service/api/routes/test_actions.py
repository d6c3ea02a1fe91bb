"""What can be done with a route over HTTP: rotate its secret, test it, see how it does."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from pulse_router.domain.deliveries import Outcome, Verdict
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.secrets.signatures import Mac, signature_lines, signing_key
from tests.support.api.server import ROUTE, ApiForTests, make_token
from tests.support.servers.postgres import PostgresForTests

PATH = "/customer/message-routes"
TOPIC = "tenant/TENANT1/device/DEV-001/telemetry"
HOT = {"topic": TOPIC, "payload": {"metrics": {"temperature": 90}}}


async def created(client: httpx2.AsyncClient, **changes: Any) -> str:
    answer = await client.post(PATH, json=ROUTE | changes)
    assert answer.status_code == 201, answer.text
    return f"{PATH}/{answer.json()['id']}"


def webhook(**config: Any) -> dict[str, Any]:
    return {"url": "http://localhost:9999/hook", **config}


# Rotation ---------------------------------------------------------------------------------------


async def test_a_rotated_secret_is_shown_once_and_the_old_one_overlaps(api: ApiForTests) -> None:
    async with api.client() as client:
        route = await created(client, destination_config=webhook(secret="the old one"))
        answer = await client.post(f"{route}/rotate-secret", json={"overlap_hours": 1.5})
        shown = (await client.get(route)).json()
        # Writing back what was read keeps them both.
        put = await client.put(route, json={name: shown[name] for name in ROUTE})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    rotated = answer.json()
    assert set(rotated) == {"route_id", "secret", "secrets_expire_at"}
    assert rotated["secret"].startswith("whsec_")
    assert len(signing_key(rotated["secret"])) >= 24
    [end] = map(datetime.fromisoformat, rotated["secrets_expire_at"])
    left = end - datetime.now(UTC)
    assert timedelta(hours=1.4) < left < timedelta(hours=1.5)
    assert shown["destination_config"] == webhook(secret="********")
    assert shown["secrets_expire_at"] == put.json()["secrets_expire_at"]
    assert shown["secrets_expire_at"] == rotated["secrets_expire_at"]
    assert rotated["secret"] not in str(shown)
    assert api.route_changes == 3


async def test_a_rotated_secret_is_shown_although_the_router_has_not_heard_of_it_yet(
    api: ApiForTests,
) -> None:
    async with api.client() as client:
        route = await created(client)
        api.route_fault = Unavailable("the database is away")
        answer = await client.post(f"{route}/rotate-secret")
    assert answer.status_code == 200
    assert answer.json()["secret"].startswith("whsec_")


async def test_writing_another_secret_ends_those_in_their_overlap(api: ApiForTests) -> None:
    async with api.client() as client:
        route = await created(client, destination_config=webhook(secret="the old one"))
        await client.post(f"{route}/rotate-secret")
        written = await client.patch(route, json={"destination_config": {"secret": "leaked? new"}})
    assert written.json()["secrets_expire_at"] == []


async def test_an_overlap_of_nothing_ends_the_old_secrets_and_too_many_are_refused(
    api: ApiForTests,
) -> None:
    async with api.client() as client:
        route = await created(client)
        for count in range(5):
            answer = await client.post(f"{route}/rotate-secret")
            assert len(answer.json()["secrets_expire_at"]) == count
        refused = await client.post(f"{route}/rotate-secret")
        answer = await client.post(f"{route}/rotate-secret", json={"overlap_hours": 0})
    assert refused.status_code == 409
    assert "at most 5 secrets" in refused.json()["detail"]
    assert "'overlap_hours' of 0" in refused.json()["detail"]
    assert answer.json()["secrets_expire_at"] == []


async def test_an_overlap_out_of_range_is_refused_by_name(api: ApiForTests) -> None:
    async with api.client() as client:
        route = await created(client)
        for hours in ("-1", "720.1", '"24"', "null", "true"):
            answer = await client.post(
                f"{route}/rotate-secret", content=f'{{"overlap_hours": {hours}}}'
            )
            assert answer.status_code == 422, hours
            assert answer.json()["errors"][0]["field"] == "overlap_hours"
        answer = await client.post(f"{route}/rotate-secret", content='{"overlap_hours": 1e999}')
        assert answer.status_code in {400, 422}
        assert (await client.get(route)).json()["version"] == 1


async def test_only_a_webhook_has_secrets(api: ApiForTests) -> None:
    async with api.client() as client:
        route = await created(client, destination_type="postgresql", destination_config={})
        answer = await client.post(f"{route}/rotate-secret")
    assert answer.status_code == 409


# Tests ------------------------------------------------------------------------------------------


async def test_a_test_says_what_the_route_does_with_a_message(api: ApiForTests) -> None:
    async with api.client() as client:
        for is_enabled in (True, False):
            for topic_filter, matched in (("tenant/+/device/+/telemetry", True), ("other", False)):
                route = await created(client, topic_filter=topic_filter, is_enabled=is_enabled)
                await try_out(client, api, route, 90, matched=matched, passed=True)
                await try_out(client, api, route, 70, matched=matched, passed=False)


async def try_out(
    client: httpx2.AsyncClient,
    api: ApiForTests,
    route: str,
    temperature: int,
    *,
    matched: bool,
    passed: bool,
) -> None:
    message = {"topic": TOPIC, "payload": {"metrics": {"temperature": temperature}}}
    api.destination.got.clear()
    dry = (await client.post(f"{route}/test", json=message)).json()
    assert api.destination.got == []
    wet = (await client.post(f"{route}/test", json=message | {"deliver": True})).json()
    assert json.loads(dry.pop("request")["body"]) == message["payload"]
    assert wet.pop("request")["method"] == "POST"
    told = dict(dry)
    holds = "holds" if passed else "does not hold"
    assert dry.pop("reason") == (
        f"temperature {temperature} > 80 {holds}"
        if matched
        else 'topic does not fit: level 1 is "tenant", not "other"'
    )
    assert dry.pop("topic")["verdict"] == ("true" if matched else "false")
    assert dry.pop("clauses") == [
        {
            "path": "temperature",
            "operator": "$gt",
            "operand": 80,
            "found": {"presence": "value", "value": temperature, "type": "number"},
            "verdict": "true" if passed else "false",
        }
    ]
    assert dry == {
        "route_id": int(route.rpartition("/")[2]),
        "topic_matched": matched,
        "filter_passed": passed,
        "filter_fault": None,
        "would_deliver": matched and passed,
        "destination_type": "webhook",
        "request_fault": None,
    }
    assert len(api.destination.got) == (matched and passed)
    assert (wet.pop("delivery") is not None) == (matched and passed)
    assert wet == told


async def test_a_delivered_test_tells_what_the_destination_answered(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> None:
    api.destination.outcome = Outcome(
        Verdict.RETRY, "HTTP 503: busy", 503, duration_seconds=0.25, response="busy"
    )
    token = "0123456789abcdef"
    payload = {"provision_token": token, "metrics": {"temperature": 90}, "note": f"it is {token}"}
    async with api.client() as client:
        route = await created(client, destination_config=webhook(secret="s"))
        message = {"topic": TOPIC, "payload": payload, "deliver": True}
        answers = [await client.post(f"{route}/test", json=message) for _ in range(2)]
    assert answers[0].json()["delivery"] == {
        "verdict": "retry",
        "status": 503,
        "duration_seconds": 0.25,
        "error": "HTTP 503: busy",
        "response": "busy",
    }
    (first, sent), (second, _) = api.destination.got
    assert (first.topic, first.device_id, first.tenant_id) == (TOPIC, "DEV-001", "TENANT1")
    assert first.payload == '{"metrics":{"temperature":90},"note":"it is ********"}'
    assert [secret.value for secret in sent.secrets] == ["s"]
    assert first.message_id.startswith("test_")
    assert first.message_id != second.message_id
    tables = ("route_deliveries", "dead_letter_messages", "route_deltas", "ledger_deltas")
    counts = "; ".join(f"SELECT count(*) FROM {table}" for table in tables)
    assert postgres_server.psql(database_name, counts).split() == ["0"] * len(tables)


async def test_a_test_that_gets_no_turn_says_so(api: ApiForTests) -> None:
    api.delivery_fault = "the router is starting or stopping"
    async with api.client() as client:
        route = await created(client)
        answer = await client.post(f"{route}/test", json=HOT | {"deliver": True})
    assert answer.status_code == 503
    assert "starting or stopping" in answer.json()["detail"]


async def test_a_test_does_not_write_into_the_database(api: ApiForTests) -> None:
    async with api.client() as client:
        route = await created(client, destination_type="postgresql", destination_config={})
        answer = (await client.post(f"{route}/test", json=HOT | {"deliver": True})).json()
    assert (answer["would_deliver"], answer["delivery"]) == (True, None)
    assert api.destination.got == []


async def test_a_test_that_makes_no_sense_is_refused_by_field(api: ApiForTests) -> None:
    unfit: list[dict[str, Any]] = [
        {"topic": "tenant/TENANT2/device/DEV-001/telemetry"},
        {"topic": "tenant/TENANT1/device/+/telemetry"},
        {"topic": "TENANT1"},
        {"topic": 1, "payload": [], "deliver": "yes", "more": 1},
    ]
    async with api.client() as client:
        route = await created(client)
        for change in unfit:
            answer = await client.post(f"{route}/test", json=HOT | change)
            assert answer.status_code == 422
            assert {fault["field"] for fault in answer.json()["errors"]} == set(change)


# Stats ------------------------------------------------------------------------------------------


async def test_the_actions_of_another_tenants_route_do_not_exist(api: ApiForTests) -> None:
    async with api.client() as client:
        route = await created(client)
    async with api.client(make_token("TENANT2")) as stranger:
        topic = TOPIC.replace("TENANT1", "TENANT2")
        answers = [
            await stranger.post(f"{route}/rotate-secret"),
            await stranger.post(f"{route}/test", json=HOT | {"topic": topic, "deliver": True}),
            await stranger.get(f"{route}/stats"),
        ]
    async with api.client(make_token("TENANT1", "customer_viewer")) as viewer:
        forbidden = [
            await viewer.post(f"{route}/rotate-secret"),
            await viewer.post(f"{route}/test", json=HOT),
        ]
        assert (await viewer.get(f"{route}/stats")).status_code == 200
    assert [answer.status_code for answer in answers] == [404] * 3
    assert [answer.status_code for answer in forbidden] == [403] * 2
    assert api.destination.got == []


async def test_the_bench_says_of_a_signature_what_is_wrong_and_tells_no_secret(
    api: ApiForTests,
) -> None:
    body = '{"metrics":{"temperature":91.2}}'
    async with api.client() as client:
        old = "an old secret that is long enough"
        route = await created(client, destination_config=webhook(secret=old))
        bench = f"{route}/verify-signature"
        rotated = await client.post(f"{route}/rotate-secret", json={"overlap_hours": 1})
        new = rotated.json()["secret"]

        async def verdict(secret: str, got: str = body, **more: Any) -> dict[str, Any]:
            now = int(time.time())
            lines = signature_lines(
                body.encode(), [Mac(signing_key(secret))], message_id="7", unix_seconds=now
            )
            headers = dict(line.split(": ", 1) for line in lines.splitlines())
            answer = await client.post(bench, json={"headers": headers, "body": got, **more})
            assert answer.status_code == 200, answer.text
            assert new not in answer.text
            assert old not in answer.text
            return dict(answer.json())

        told = await verdict(new)
        assert (told["is_valid"], told["say"]) == (True, "valid, by the newest secret")
        told = await verdict(old)
        assert told["say"].startswith("valid, but by an old secret, which ends at 20")
        assert told["secret_number"] == 2
        told = await verdict(new, '{"metrics": {"temperature": 91.2}}')
        assert (told["is_valid"], told["finding"]) == (False, "body_reserialised")
        told = await verdict(new, received_at="2030-01-01T00:00:00Z")
        assert told["finding"] == "too_old"
        told = await verdict("another secret of another route")
        assert told["finding"] == "no_match"
        for wrong in ({"body": "x", "body_base64": "eA=="}, {}, {"body_base64": "?"}):
            answer = await client.post(bench, json={"headers": {}, **wrong})
            assert answer.status_code == 422
