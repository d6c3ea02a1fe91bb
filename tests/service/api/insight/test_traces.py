"""What became of a message, and why, over HTTP, on a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pulse_router.domain.deliveries import AttemptRecord
from pulse_router.domain.event_ids import first_id_at
from pulse_router.domain.messages import Reason, Rejection
from pulse_router.postgres.database import Database
from tests.support.api.server import ROUTE, ApiForTests, make_token
from tests.support.ingest.outcomes import add_dead_letter, add_pending, add_rejection
from tests.support.ingest.telemetry import message, store
from tests.support.servers.postgres import PostgresForTests

ROUTES = "/customer/message-routes"
TOPIC = "tenant/TENANT1/device/DEV-001/telemetry"
HOT = '{"temperature":91.2}'
BODY = f'{{"metrics":{HOT}}}'
LONG_AGO = datetime.now(UTC) - timedelta(hours=1)


def event_at(at: datetime) -> int:
    return first_id_at(at.timestamp())


async def traced(api: ApiForTests, path: str, *, status: int = 200, **query: Any) -> Any:
    async with api.client() as client:
        answer = await client.get(f"/customer/{path}/trace", params=query)
    assert answer.status_code == status, answer.text
    return answer.json()


async def add_route(api: ApiForTests, **changes: Any) -> int:
    async with api.client() as client:
        answer = await client.post(ROUTES, json=ROUTE | changes)
    assert answer.is_success, answer.text
    return int(answer.json()["id"])


async def change_route(api: ApiForTests, route_id: int, **changes: Any) -> None:
    async with api.client() as client:
        answer = await client.patch(f"{ROUTES}/{route_id}", json=changes)
    assert answer.is_success, answer.text


def age(postgres: PostgresForTests, database: str, hours: int = 5) -> None:
    """Let all that was done to routes have been done that long ago."""
    ago = f"interval '{hours} hours'"
    postgres.psql(
        database,
        "ALTER TABLE message_routes DISABLE TRIGGER USER;"
        f"UPDATE message_routes SET created_at = created_at - {ago},"
        f" updated_at = updated_at - {ago};"
        "ALTER TABLE message_routes ENABLE TRIGGER USER;"
        f"UPDATE audit_log SET at = at - {ago}",
    )


async def test_trace_says_which_clause_failed_and_what_was_found(
    api: ApiForTests, database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    hot = await add_route(api, name="Too hot")
    cold = await add_route(api, name="Cold", payload_filter={"temperature": {"$lt": 5}})
    far = await add_route(api, name="Archive", topic_filter="tenant/+/sensor/#")
    kept = await add_route(
        api, name="Kept", destination_type="postgresql", destination_config={}, payload_filter=None
    )
    age(postgres_server, database_name)
    event = event_at(LONG_AGO)
    await store(
        database,
        [message(event, LONG_AGO, time=LONG_AGO - timedelta(milliseconds=34), metrics=HOT)],
    )
    record = AttemptRecord(LONG_AGO, 503, 0.2, "HTTP 503", "busy")
    await add_pending(database, event, at=LONG_AGO, route_id=hot, history=[record], payload=BODY)

    told = await traced(api, f"messages/{event}")
    assert (told["kind"], told["outcome"], told["text"]) == (
        "message",
        "pending",
        "1 delivery: 1 pending",
    )
    assert [(step["step"], step["text"]) for step in told["steps"][:3]] == [
        ("sent", "sent 0.034 s before it was received, by the device's clock"),
        ("received", "received"),
        ("stored", "stored, in the transaction of its deliveries"),
    ]
    routes = {route["route_id"]: route for route in told["routes"]}
    assert {number: route["text"] for number, route in routes.items()} == {
        hot: "waits for its next attempt after 1 attempt: HTTP 503",
        cold: "temperature 91.2 < 5 does not hold",
        far: 'topic does not fit: level 3 is "device", not "sensor"',
        kept: "written: the stored message is the delivery",
    }
    [delivery] = routes[hot]["deliveries"]
    assert (delivery["state"], delivery["history"][0]["status"]) == ("pending", 503)
    assert {
        number: (route["then"]["matched"], route["then"]["told_by"])
        for number, route in routes.items()
    } == {
        hot: ("true", "delivery"),
        cold: ("false", "unchanged"),
        far: ("false", "unchanged"),
        kept: ("true", "unchanged"),
    }
    [clause] = routes[cold]["then"]["clauses"]
    assert (clause["found"]["value"], clause["verdict"]) == (91.2, "false")
    assert {route["differs"] for route in told["routes"]} == {False}
    assert [(each["place"], each["found"]) for each in told["searched"]] == [
        ("stored messages", 1),
        ("pending deliveries", 1),
        ("receipts", 0),
        ("dead letters", 0),
    ]
    by_delivery = await traced(api, f"deliveries/{delivery['id']}")
    assert (by_delivery["kind"], by_delivery["routes"]) == ("delivery", told["routes"])


async def test_trace_tells_then_from_now_after_a_route_changed(
    api: ApiForTests, database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    was_cold = await add_route(api, name="Doors", payload_filter={"temperature": {"$lt": 5}})
    was_hot = await add_route(api, name="Hot")
    was_off = await add_route(api, name="Off", is_enabled=False)
    removed = await add_route(api, name="Removed", payload_filter={"temperature": 1})
    age(postgres_server, database_name)
    event = event_at(LONG_AGO)
    await store(database, [message(event, LONG_AGO, metrics=HOT)])
    await add_dead_letter(database, event, at=LONG_AGO, route_id=was_hot, payload=BODY)
    await change_route(api, was_cold, payload_filter={"temperature": {"$gt": 50}})
    await change_route(api, was_cold, name="Doors 2")
    await change_route(api, was_hot, payload_filter={"temperature": {"$gt": 100}})
    await change_route(api, was_off, is_enabled=True)
    late = await add_route(api, name="Late", payload_filter=None)
    async with api.client() as client:
        assert (await client.delete(f"{ROUTES}/{removed}")).is_success

    told = await traced(api, f"messages/{event}")
    routes = {route["route_id"]: route for route in told["routes"]}
    assert {number: route["text"] for number, route in routes.items()} == {
        was_cold: "temperature 91.2 < 5 does not hold; would match now",
        was_hot: "given up after 0 attempts: HTTP 503; would not match now",
        was_off: "it was disabled; would match now",
        late: "it was created later; would match now",
        removed: "temperature 91.2 = 1 does not hold; the route was deleted since",
    }
    assert told["routes"][0]["name"] == "Removed"
    assert routes[was_cold]["then"]["told_by"] == "changes"
    assert [(each["kind"], each["changed"]) for each in routes[was_cold]["changes"]] == [
        ("changed", ["name"]),
        ("changed", ["payload_filter"]),
    ]
    assert routes[removed]["now"] is None
    assert [each["kind"] for each in routes[late]["changes"]] == ["created"]


async def test_what_was_changed_by_hand_is_not_guessed(
    api: ApiForTests, database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    route = await add_route(api)
    await change_route(api, route, name="Before")
    age(postgres_server, database_name)
    event = event_at(LONG_AGO)
    await store(database, [message(event, LONG_AGO, metrics=HOT)])
    postgres_server.psql(
        database_name,
        "UPDATE message_routes SET topic_filter = 'tenant/#',"
        " updated_at = now() - interval '1 min'",
    )
    await change_route(api, route, name="After")
    told = await traced(api, f"messages/{event}")
    assert told["outcome"] == "unknown"
    assert told["routes"][0]["then"]["matched"] == "unknown"
    assert told["routes"][0]["text"] == "it was changed in a way that is not written down"


async def test_no_route_matched_is_an_end_like_any_other(
    api: ApiForTests, database: Database
) -> None:
    event = event_at(LONG_AGO)
    await store(database, [message(event, LONG_AGO, msg_type="status")])
    told = await traced(api, f"messages/{event}")
    assert (told["outcome"], told["text"]) == ("no_route", "no route matched: 0 routes were asked")
    await add_route(api, payload_filter=None)
    told = await traced(api, f"messages/{event}")
    assert (told["outcome"], told["text"]) == ("no_route", "no route matched: 1 route was asked")


async def test_a_refused_message_has_a_trace_too(api: ApiForTests, database: Database) -> None:
    await add_route(api)
    refusal = Rejection(
        LONG_AGO, "TENANT1", "D", TOPIC, Reason.SITE_MISMATCH, "not its site", HOT.encode()
    )
    number = await add_rejection(database, refusal)
    told = await traced(api, f"rejected-messages/{number}")
    assert told["outcome"] == "refused"
    assert told["steps"][1]["text"] == (
        "refused, SITE_MISMATCH: not its site. The rule: site_id, where it is given, is the"
        " registered one"
    )
    [route] = told["routes"]
    assert (route["then"]["matched"], route["then"]["told_by"]) == ("false", "refusal")
    assert (route["text"], route["now"]["verdict"]) == ("would take it", "true")
    unreadable = await add_rejection(database, refusal._replace(payload=b"{"))
    [route] = (await traced(api, f"rejected-messages/{unreadable}"))["routes"]
    assert route["now"] is None


async def test_what_is_not_found_says_where_was_looked_and_is_nobody_elses(
    api: ApiForTests, database: Database
) -> None:
    event = event_at(LONG_AGO)
    await store(database, [message(event, LONG_AGO)])
    pending = await add_pending(database, event, at=LONG_AGO)
    for path, place in (
        ("messages/77", {"place": "stored messages", "found": 0, "kept": "kept for 30 days"}),
        ("deliveries/77", {"place": "receipts", "found": 0, "kept": "kept for 7 days"}),
        (
            "rejected-messages/77",
            {"place": "rejected messages", "found": 0, "kept": "kept for 7 days"},
        ),
    ):
        assert place in (await traced(api, path, status=404))["searched"]
    async with api.client(make_token("TENANT2")) as other:
        for path in (f"messages/{event}", f"deliveries/{pending}"):
            assert (await other.get(f"/customer/{path}/trace")).status_code == 404


async def test_a_message_whose_row_is_gone_is_told_by_its_dead_letter(
    api: ApiForTests, database: Database
) -> None:
    event = event_at(LONG_AGO)
    await add_dead_letter(database, event, at=LONG_AGO, route_id=404, payload=BODY)
    told = await traced(api, f"messages/{event}")
    assert (told["message"], told["topic"], told["payload_is_exact"]) == (None, TOPIC, True)
    [route] = told["routes"]
    assert (route["route_id"], route["name"], route["now"]) == (404, None, None)
    assert route["text"] == "given up after 0 attempts: HTTP 503; the route was deleted since"


async def test_a_delivery_is_told_wherever_its_message_is(
    api: ApiForTests, database: Database
) -> None:
    """Its id leads to it also where that is not near the message's, as of a job of others'."""
    await add_dead_letter(database, event_at(LONG_AGO), at=LONG_AGO, place=1 << 40)
    delivery = event_at(LONG_AGO) + (1 << 50)
    told = await traced(api, f"deliveries/{delivery}")
    assert [each["id"] for each in told["routes"][0]["deliveries"]] == [str(delivery)]
    assert told["outcome"] == "failed"


async def test_routes_come_by_page(api: ApiForTests, database: Database) -> None:
    numbers = [await add_route(api, name=f"R{n}") for n in range(5)]
    event = event_at(datetime.now(UTC))
    await store(database, [message(event, datetime.now(UTC))])
    seen: list[int] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        told = await traced(api, f"messages/{event}", **query)
        seen += [route["route_id"] for route in told["routes"]]
        if told["next"] is None:
            break
        query["after"] = told["next"]
    assert seen == numbers
