"""What goes over live streams, held against the API's description of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import jsonschema_rs
import msgspec
import pytest
import trio
from trio_websocket import WebSocketConnection

from pulse_router.api.streams.actions import ActionRefused, act
from pulse_router.api.streams.v1 import PATH as SOCKET
from pulse_router.api.streams.v2 import PATH as CHANNELS
from pulse_router.postgres.database import Database
from pulse_router.streaming.filters import StreamFilter
from pulse_router.streaming.outbox import BURST
from tests.support.api.server import ApiForTests, make_token, open_api
from tests.support.streams.sse import open_sse
from tests.support.streams.websocket import closed_with, make_event, read

SSE = f"/api/v1{SOCKET}/sse"
ALERT = {"device_id": "DEV-1", "key": "temperature", "severity": "WARNING", "title": "Too hot"}


def validator(description: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
    """Checks values by a schema; fields that it does not name are wrong."""
    components = {
        name: {"additionalProperties": False, **each} if "properties" in each else each
        for name, each in description["components"]["schemas"].items()
    }
    whole = {**schema, "components": {"schemas": components}}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


class Described:
    """The types of messages that a description knows, and those that were seen.

    Args:
        description: The API's.
        schema: That of all messages of a stream: one of several, by `type`.
    """

    def __init__(self, description: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
        self._by_type = {
            kind: validator(description, {"$ref": reference})
            for kind, reference in schema["discriminator"]["mapping"].items()
        }
        self._seen: set[str] = set()

    def check(self, message: Any) -> None:
        self._by_type[message["type"]].validate(message)
        self._seen.add(message["type"])

    @property
    def unseen(self) -> Collection[str]:
        return self._by_type.keys() - self._seen


async def describe(api: ApiForTests) -> dict[str, Any]:
    async with api.client(None) as client:
        description: dict[str, Any] = (await client.get("/openapi.json")).json()
    return description


async def of_socket(api: ApiForTests, path: str) -> Described:
    description = await describe(api)
    said = description["paths"][path]["get"]["x-websocket"]
    return Described(description, said["router"]["schema"])


def overflow(api: ApiForTests) -> None:
    """Publish more at once than a client is kept."""
    api.broadcaster.publish([make_event(number) for number in range(100, BURST + 103)])


async def until(stream: WebSocketConnection, described: Described, *kinds: str) -> None:
    """Read, and check, until a message of each of these types has come."""
    missing = set(kinds)
    while missing:
        message = await read(stream)
        described.check(message)
        missing.discard(message["type"])


async def say(stream: WebSocketConnection, **message: Any) -> None:
    await stream.send_message(msgspec.json.encode(message).decode())


async def test_each_message_of_the_socket_is_as_it_is_described(
    database: Database, nursery: trio.Nursery
) -> None:
    async with open_api(database, nursery, keepalive_seconds=0.2) as api:
        api.recent.open(20)
        described = await of_socket(api, f"/api/v1{SOCKET}")
        async with api.stream("after=7") as stream:
            await until(stream, described, "connected", "gap", "ping")
            await say(stream, action="subscribe", device_id="DEV-1")
            await say(stream, action="subscribe", device_ids=["DEV-1", "DEV-2"])
            await say(stream, action="unsubscribe", device_id="DEV-2")
            await say(stream, action="set_metrics", metrics=["temperature"])
            await say(stream, action="set_groups", group_ids=[1])
            await until(stream, described, "groups_updated")
            await say(stream, action="clear_filters")
            await say(stream, action="dance")
            await until(stream, described, "filters_cleared", "error")
            overflow(api)
            await until(stream, described, "dropped", "telemetry")
        assert not described.unseen


async def test_each_message_of_the_channels_is_as_it_is_described(
    database: Database, nursery: trio.Nursery
) -> None:
    async with open_api(database, nursery, keepalive_seconds=0.2) as api:
        described = await of_socket(api, CHANNELS)
        nursery.start_soon(api.overview.figures.run)
        nursery.start_soon(api.overview.changes.run)
        async with api.client() as client:
            await client.post("/customer/devices", json={"device_id": "DEV-1"})
            assert (await client.post("/customer/alerts", json=ALERT)).status_code == 201
        async with api.stream(path=CHANNELS) as stream:
            await until(stream, described, "ping")
            await say(stream, action="subscribe", type="alerts")
            await until(stream, described, "subscribed", "alerts")
            await say(stream, action="unsubscribe", type="alerts")
            await say(stream, action="subscribe", type="device")
            await until(stream, described, "unsubscribed", "error")
            await say(stream, action="subscribe", type="device", device_id="DEV-1")
            await until(stream, described, "subscribed")
            overflow(api)
            await until(stream, described, "dropped", "telemetry")
            await say(stream, action="subscribe", type="figures")
            await say(stream, action="subscribe", type="changes")
            await until(stream, described, "subscribed", "figures")
            api.overview.changes.note("TENANT1", "routes", 1)
            await until(stream, described, "changes")
        assert not described.unseen


async def test_each_server_sent_event_is_as_it_is_described(api: ApiForTests) -> None:
    api.recent.open(20)
    description = await describe(api)
    content = description["paths"][SSE]["get"]["responses"]["200"]["content"]
    fields = content["text/event-stream"]["x-itemSchema"]["properties"]
    described = Described(description, fields["data"]["contentSchema"])
    async with open_sse(api.port, make_token(), "after=7") as stream:
        for kind in ("connected", "gap"):
            event = await stream.read()
            assert event is not None
            described.check(event.data)
            assert event.data["type"] == kind
    async with open_sse(api.port, make_token()) as stream:
        assert await stream.read() is not None  # from its greeting on, it hears what is new
        overflow(api)
        for _ in range(BURST + 1):
            event = await stream.read()
            assert event is not None
            described.check(event.data)
            assert (event.id is not None) == (event.data["type"] == "telemetry")
    async with open_sse(api.port, make_token(expires_seconds=4)) as stream:
        while (event := await stream.read()) is not None:
            described.check(event.data)
    assert not described.unseen


@pytest.mark.parametrize("path", [f"/api/v1{SOCKET}", CHANNELS])
async def test_a_close_code_is_one_of_those_that_are_described(api: ApiForTests, path: str) -> None:
    described = (await describe(api))["paths"][path]["get"]["x-websocket"]["closeCodes"]
    seen = set()
    for options in (
        {"token": None},
        {"token": make_token(None)},
        {"token": make_token(expires_seconds=-5)},
    ):
        async with api.stream(path=path, **options) as stream:
            seen.add((await closed_with(stream))[0])
    for sent in ("x" * 70_000, b"\xff" * 70_000):
        async with api.stream(path=path) as stream:
            await stream.send_message(sent)
            seen.add((await closed_with(stream))[0])
    api.stopping.set()
    async with api.stream(path=path) as stream:
        seen.add((await closed_with(stream))[0])
    assert seen == {1001, 1009, 4001, 4003}
    assert {str(code) for code in seen} <= described.keys()


TAKEN = (
    {"action": "subscribe", "device_id": "DEV-1"},
    {"action": "unsubscribe", "device_ids": ["DEV-1", "DEV-2"]},
    {"action": "set_metrics", "metrics": []},
    {"action": "set_groups", "group_ids": [1]},
    {"action": "clear_filters"},
)
REFUSED = (
    {"action": "dance"},
    {"device_id": "DEV-1"},
    {"action": "subscribe", "device": "DEV-1"},
    {"action": "unsubscribe", "device_ids": ["a b"]},
    {"action": "subscribe", "device_ids": ["DEV-1"] * 1001},
    {"action": "set_metrics", "metrics": [""]},
    {"action": "set_metrics"},
    {"action": "set_groups", "group_ids": ["1"]},
)


async def test_a_client_may_send_what_is_described_and_nothing_else(api: ApiForTests) -> None:
    description = await describe(api)
    said = description["paths"][f"/api/v1{SOCKET}"]["get"]["x-websocket"]["client"]["schema"]
    assert said["discriminator"]["mapping"].keys() == {message["action"] for message in TAKEN}
    described = validator(description, said)
    for message in TAKEN:
        assert described.is_valid(message)
        act(msgspec.json.encode(message), StreamFilter())
    for message in REFUSED:
        assert not described.is_valid(message)
        with pytest.raises(ActionRefused):
            act(msgspec.json.encode(message), StreamFilter())


async def test_a_client_of_channels_may_send_what_is_described_and_nothing_else(
    api: ApiForTests,
) -> None:
    description = await describe(api)
    said = description["paths"][CHANNELS]["get"]["x-websocket"]["client"]["schema"]
    described = validator(description, said)
    for message, is_taken in (
        ({"action": "subscribe", "type": "alerts"}, True),
        ({"action": "unsubscribe", "type": "device", "device_id": "DEV-1"}, True),
        ({"action": "dance", "type": "alerts"}, False),
        ({"action": "subscribe", "type": "weather"}, False),
        ({"action": "subscribe", "type": "device", "device_id": 7}, False),
        ({"action": "subscribe", "type": "alerts", "since": 1}, False),
    ):
        assert described.is_valid(message) == is_taken
        async with api.stream(path=CHANNELS) as stream:
            await say(stream, **message)
            assert ((await read(stream))["type"] != "error") == is_taken
