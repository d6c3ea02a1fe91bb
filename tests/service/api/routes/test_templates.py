"""Templates of routes over HTTP: faults by column, secrets kept by masks, requests shown."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from pulse_router.domain.destinations import MASK
from tests.support.api.server import ROUTE, ApiForTests
from tests.support.servers.postgres import PostgresForTests

PATH = "/customer/message-routes"
TOKEN = "xoxb-0123456789"
TOPIC = "tenant/TENANT1/device/DEV-001/telemetry"
CONFIG: dict[str, Any] = {
    "url": "https://example.com/{device_id}?key=hush-key",
    "headers": {"Authorization": "Bearer hush-header"},
    "secret": "hush-secret",
    "format": "template",
    "template": {"token": "{{ secrets.token }}", "text": "{{ temperature }}", "none": None},
    "template_secrets": {"token": TOKEN},
}


def route(config: dict[str, Any]) -> dict[str, Any]:
    return ROUTE | {"destination_config": config}


async def create(client: httpx2.AsyncClient, config: dict[str, Any] = CONFIG) -> str:
    answer = await client.post(PATH, json=route(config))
    assert answer.status_code == 201, answer.text
    assert TOKEN not in answer.text
    return f"{PATH}/{answer.json()['id']}"


async def shown(client: httpx2.AsyncClient, path: str, payload: Any) -> dict[str, Any]:
    message = {"topic": TOPIC, "payload": payload}
    answer = await client.post(f"{path}/test", json=message)
    assert answer.status_code == 200, answer.text
    for hidden in (TOKEN, "hush"):
        assert hidden not in answer.text
    return dict(answer.json())


async def test_a_fault_is_told_with_path_and_column(api: ApiForTests) -> None:
    config = CONFIG | {"template": {"blocks": [{"text": "at {{ a( }}"}]}}
    async with api.client() as client:
        answer = await client.post(PATH, json=route(config))
    assert answer.status_code == 422
    [fault] = answer.json()["errors"]
    assert fault["field"] == "destination_config.template.blocks.0.text"
    assert fault["message"].startswith("column 10: ")
    assert TOKEN not in answer.text


async def test_template_secrets_are_shown_as_masks_that_keep_them(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> None:
    def stored() -> list[dict[str, Any]]:
        return list(
            json.loads(postgres_server.psql(database_name, "SELECT secrets FROM message_routes"))
        )

    async with api.client() as client:
        path = await create(client)
        read = (await client.get(path)).json()["destination_config"]
        assert read == CONFIG | {"secret": MASK, "template_secrets": {"token": MASK}}
        assert TOKEN not in (await client.get(PATH)).text
        before = stored()
        assert (await client.put(path, json=route(read))).status_code == 200
        assert stored() == before
        changes = {"template_secrets": {"new": "another-one"}}
        patched = await client.patch(path, json={"destination_config": changes})
        assert patched.json()["destination_config"]["template_secrets"] == {
            "token": MASK,
            "new": MASK,
        }
        assert {"name": "token", "plain": TOKEN} in stored()
        gone = {"template": 1, "template_secrets": {"token": None}}
        patched = await client.patch(path, json={"destination_config": gone})
        assert patched.json()["destination_config"]["template_secrets"] == {"new": MASK}
        assert TOKEN not in json.dumps(stored())


async def test_a_patch_replaces_a_template_as_a_whole(api: ApiForTests) -> None:
    async with api.client() as client:
        path = await create(client)
        template = {"other": {"none": None}}
        patched = await client.patch(path, json={"destination_config": {"template": template}})
    assert patched.json()["destination_config"]["template"] == template


async def test_a_test_shows_the_very_request_without_its_secrets(api: ApiForTests) -> None:
    async with api.client() as client:
        path = await create(client)
        payload = {"provision_token": "0123456789abcdef", "metrics": {"temperature": 90}}
        answer = await shown(client, path, payload)
    request = answer["request"]
    assert (request["method"], answer["request_fault"]) == ("POST", None)
    assert request["url"] == f"https://example.com/DEV-001?key={MASK}"
    assert json.loads(request["body"]) == {"token": MASK, "text": 90, "none": None}
    headers = request["headers"]
    assert (headers["Authorization"], headers["Host"]) == (MASK, "example.com")
    assert headers["Content-Type"] == "application/json"
    assert headers["webhook-signature"].startswith("v1,")
    assert "delivery" not in answer


async def test_a_test_shows_no_provision_token(api: ApiForTests) -> None:
    token = "0123456789abcdef"
    payload = {"provision_token": token, "metrics": {}, "note": f"it is {token}"}
    template = ["{{ payload }}", "{{ provision_token }}", "{{ payload.provision_token }}"]
    async with api.client() as client:
        path = await create(client, CONFIG | {"template": template})
        answer = await shown(client, path, payload)
    body = json.loads(answer["request"]["body"])
    assert body == [{"metrics": {}, "note": f"it is {MASK}"}, None, None]


async def test_a_request_that_cannot_be_made_says_why(api: ApiForTests) -> None:
    async with api.client() as client:
        path = await create(client, CONFIG | {"url": "https://example.com/{site_id}"})
        answer = await shown(client, path, {"metrics": {}})
        large = await create(client, CONFIG | {"template": "{{ a | replace('a', 'aaaaaaaaa') }}"})
        bounds = await shown(client, large, {"a": "a" * 60_000})
    assert answer["request"] is None
    assert answer["request_fault"] == "the message has no site_id, which the URL needs"
    assert bounds["request_fault"] == "a value in it is larger than 256 KiB"


async def test_where_nothing_is_sent_there_is_no_request(api: ApiForTests) -> None:
    database = ROUTE | {"destination_type": "postgresql", "destination_config": {}}
    async with api.client() as client:
        made = (await client.post(PATH, json=database)).json()
        answer = await shown(client, f"{PATH}/{made['id']}", {"metrics": {}})
    assert (answer["request"], answer["request_fault"]) == (None, None)


@pytest.mark.parametrize("kind", ["mqtt_republish", "postgresql"])
async def test_only_webhooks_have_template_secrets(api: ApiForTests, kind: str) -> None:
    config = {"template_secrets": {"token": TOKEN}}
    if kind == "mqtt_republish":
        config["topic"] = "tenant/TENANT1/x"  # type: ignore[assignment]
    async with api.client() as client:
        answer = await client.post(
            PATH, json=ROUTE | {"destination_type": kind, "destination_config": config}
        )
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == [
        "destination_config.template_secrets"
    ]
    assert TOKEN not in answer.text
