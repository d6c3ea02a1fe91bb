"""Why a route takes a message or not, over HTTP: of a draft, of one route, of all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api.server import ROUTE, ApiForTests, make_token

PATH = "/customer/message-routes"
TOPIC = "tenant/TENANT1/device/DEV-001/telemetry"


def message(**metrics: Any) -> dict[str, Any]:
    return {"topic": TOPIC, "payload": {"metrics": metrics}}


async def test_all_routes_say_why_they_take_a_message_or_not(api: ApiForTests) -> None:
    async with api.client() as client:
        drafts: dict[str, dict[str, Any]] = {
            "Too hot": {},
            "Elsewhere": {"topic_filter": "tenant/+/sensor/#"},
            "All": {"payload_filter": None, "is_enabled": False},
            "Either": {"payload_filter": {"$or": [{"state": "off"}, {"temperature": {"$lt": 0}}]}},
        }
        for name, changes in drafts.items():
            assert (await client.post(PATH, json=ROUTE | {"name": name} | changes)).is_success
        answer = (await client.post(f"{PATH}/explain", json=message(temperature=70))).json()
    told = {route["name"]: route for route in answer["routes"]}
    assert {name: (route["verdict"], route["reason"]) for name, route in told.items()} == {
        "Too hot": ("false", "temperature 70 > 80 does not hold"),
        "Elsewhere": ("false", 'topic does not fit: level 3 is "device", not "sensor"'),
        "All": ("true", "topic fits"),
        "Either": (
            "false",
            (
                'none of 2 holds: state is missing: = "off" does not hold;'
                " temperature 70 < 0 does not hold"
            ),
        ),
    }
    assert told["Elsewhere"]["topic"] == {
        "verdict": "false",
        "level": 3,
        "wanted": "sensor",
        "found": "device",
    }
    assert told["Elsewhere"]["clauses"] == []
    assert not told["All"]["is_enabled"]
    [either] = told["Either"]["clauses"]
    assert (either["operator"], either["verdict"]) == ("$or", "false")
    assert either["clauses"][0] == {
        "path": "state",
        "operator": "$eq",
        "operand": "off",
        "found": {"presence": "missing"},
        "verdict": "false",
    }


async def test_pages_of_verdicts_go_on_where_they_end(api: ApiForTests) -> None:
    heavy = {"$or": [{f"field-{n}": "x"} for n in range(200)]}
    async with api.client() as client:
        for number in range(30):
            draft = ROUTE | {"name": f"R{number}", "payload_filter": heavy}
            assert (await client.post(PATH, json=draft)).is_success
        values = {f"field-{n}": "y" * 280 for n in range(200)}
        seen: list[str] = []
        query = ""
        while True:
            answer = await client.post(f"{PATH}/explain{query}", json=message(**values))
            assert len(answer.content) < 1_500_000
            page = answer.json()
            seen += [route["name"] for route in page["routes"]]
            if page["next"] is None:
                break
            query = f"?after={page['next']}"
    assert seen == [f"R{number}" for number in range(30)]
    assert query, "it took more than one page"


async def test_one_route_is_asked_alone_and_others_routes_never(api: ApiForTests) -> None:
    async with api.client() as client, api.client(make_token("TENANT2")) as other:
        first = (await client.post(PATH, json=ROUTE)).json()
        await client.post(PATH, json=ROUTE)
        one = message(temperature=90) | {"route_id": first["id"]}
        answer = (await client.post(f"{PATH}/explain", json=one)).json()
        strange = {**one, "topic": TOPIC.replace("TENANT1", "TENANT2")}
        assert [route["route_id"] for route in answer["routes"]] == [first["id"]]
        assert (await other.post(f"{PATH}/explain", json=strange)).status_code == 404
        assert (await other.post(f"{PATH}/explain", json=one)).status_code == 422


async def test_a_viewer_may_ask_why(api: ApiForTests) -> None:
    async with api.client(make_token("TENANT1", "customer_viewer")) as client:
        answer = await client.post(f"{PATH}/explain", json=message(temperature=90))
    assert answer.status_code == 200


async def test_a_draft_is_tried_and_neither_stored_nor_sent(api: ApiForTests) -> None:
    async with api.client() as client:
        body = {"route": ROUTE, **message(temperature="ERR")}
        answer = await client.post(f"{PATH}/test", json=body)
        assert (await client.get(PATH)).json()["total"] == 0
    told = answer.json()
    assert answer.status_code == 200, told
    assert (told["route_id"], told["would_deliver"]) == (None, False)
    assert told["clauses"][0]["found"] == {
        "presence": "other_type",
        "value": "ERR",
        "type": "string",
        "wanted": ["number"],
    }
    assert told["request"]["method"] == "POST"
    assert api.destination.got == []


async def test_a_draft_of_a_change_signs_with_the_secrets_that_its_masks_stand_for(
    api: ApiForTests,
) -> None:
    config = {"url": "http://localhost:9999/hook", "secret": "of the route"}
    async with api.client() as client:
        made = (await client.post(PATH, json=ROUTE | {"destination_config": config})).json()
        draft = {name: made[name] for name in ROUTE} | {"name": "Changed"}
        body = {"route": draft, "route_id": made["id"], **message(temperature=90)}
        changed = (await client.post(f"{PATH}/test", json=body)).json()
        stored = (
            await client.post(f"{PATH}/{made['id']}/test", json=message(temperature=90))
        ).json()
        body["route_id"] = made["id"] + 1
        assert (await client.post(f"{PATH}/test", json=body)).status_code == 404
    assert changed["route_id"] == made["id"]
    name = "X-Signature-256"
    assert changed["request"]["headers"][name] == stored["request"]["headers"][name]


@pytest.mark.parametrize("path", ["explain", "test"])
async def test_faults_of_what_is_tried_are_told_by_field(api: ApiForTests, path: str) -> None:
    async with api.client() as client:
        bad = {"topic": "a/b", "payload": {}, "route": ROUTE | {"payload_filter": {"$x": 1}}}
        body = bad if path == "test" else {name: bad[name] for name in ("topic", "payload")}
        answer = await client.post(f"{PATH}/{path}", json=body)
    assert answer.status_code == 422
