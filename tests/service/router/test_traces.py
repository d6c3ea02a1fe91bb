"""What a trace says of each message is what really happened to it, whatever was done meanwhile."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import attrs
import httpx2
import msgspec
import pytest

from pulse_router.domain.insight.routes_then import TAKES_EFFECT
from tests.support.api.server import ROUTE
from tests.support.commands.router import DEVICE_TOKEN, World
from tests.support.delivery.sink import Received, WebhookSink
from tests.support.mqtt.publisher import open_publisher
from tests.support.waiting import wait_for, wait_until

ROUTES = "/customer/message-routes"
STATUSES = {"good": 204, "away": 503, "wrong": 404}
STATES = {"good": "delivered", "away": "pending", "wrong": "failed"}
MESSAGES = 12
WORLDS = int(os.environ.get("PULSE_TRACED_WORLDS", "1"))


@attrs.define
class Rule:
    """A route as the model knows it: it takes what is above its bound, while it is enabled."""

    id: int
    end: str
    bound: int
    is_enabled: bool = True
    changed_at: list[datetime] = attrs.field(factory=list)

    def takes(self, value: int) -> bool:
        return self.is_enabled and value > self.bound


@attrs.define
class Model:
    """Routes that come, change and go, and which of them took which message."""

    client: httpx2.AsyncClient
    sink: WebhookSink
    dice: random.Random
    rules: list[Rule] = attrs.field(factory=list)
    gone: list[Rule] = attrs.field(factory=list)
    taken: dict[int, set[int]] = attrs.field(factory=dict)
    """By value, for no two messages have the same one."""

    async def change(self) -> None:
        """Do something to the routes; when it is answered, it is in effect."""
        what = self.dice.choice(["add", "bound", "enabled", "delete"] if self.rules else ["add"])
        if what == "add":
            await self._add()
            return
        rule = self.dice.choice(self.rules)
        if what == "delete":
            assert (await self.client.delete(f"{ROUTES}/{rule.id}")).is_success
            self.rules.remove(rule)
            self.gone.append(rule)
            return
        if what == "bound":
            rule.bound = self.dice.randrange(MESSAGES * 4)
            body: dict[str, Any] = {"payload_filter": {"t": {"$gt": rule.bound}}}
        else:
            rule.is_enabled = not rule.is_enabled
            body = {"is_enabled": rule.is_enabled}
        answer = await self.client.patch(f"{ROUTES}/{rule.id}", json=body)
        assert answer.is_success, answer.text
        rule.changed_at.append(datetime.fromisoformat(answer.json()["updated_at"]))

    async def _add(self) -> None:
        end, bound = self.dice.choice(list(STATUSES)), self.dice.randrange(MESSAGES * 4)
        config = {
            "url": f"http://127.0.0.1:{self.sink.port}/{end}",
            "retry": {"max_attempts": 20, "initial_seconds": 300},
        }
        draft = {"destination_config": config, "payload_filter": {"t": {"$gt": bound}}}
        made = (await self.client.post(ROUTES, json=ROUTE | draft)).json()
        rule = Rule(made["id"], end, bound)
        rule.changed_at.append(datetime.fromisoformat(made["created_at"]))
        self.rules.append(rule)

    def note(self, value: int) -> None:
        """Note who takes a message that is sent now."""
        self.taken[value] = {rule.id for rule in self.rules if rule.takes(value)}

    @property
    def all(self) -> Mapping[int, Rule]:
        return {rule.id: rule for rule in (*self.rules, *self.gone)}


def status_of(request: Received) -> int:
    return STATUSES[request.path.strip("/")]


def stored(world: World) -> dict[int, tuple[str, datetime]]:
    """The messages' ids and times of arrival, by their values."""
    rows = world.rows(
        "SELECT metrics ->> 't', event_id, to_json(received_at) #>> '{}' FROM telemetry"
    )
    return {int(value): (event, datetime.fromisoformat(at)) for value, event, at in rows}


@pytest.mark.parametrize("seed", range(WORLDS))
async def test_each_messages_trace_says_what_happened(
    world: World, sink: WebhookSink, seed: int
) -> None:
    await world.router.start_and_wait()
    sink.status_of = status_of
    values = list(range(MESSAGES * 4))
    dice = random.Random(seed)
    dice.shuffle(values)
    async with (
        world.router.open_client() as client,
        open_publisher(world.broker.port) as publisher,
    ):
        model = Model(client, sink, dice)
        for count, value in enumerate(values, 1):
            for _ in range(dice.choice([0, 0, 1, 2])):
                await model.change()
            model.note(value)
            body = {"provision_token": DEVICE_TOKEN, "metrics": {"t": value}}
            await publisher.publish(world.topic(1), msgspec.json.encode(body))
            await wait_until(partial(lambda many: len(stored(world)) == many, count))
            if count == len(values) // 2:
                world.router.kill()
                await world.router.start_and_wait()
        ways: Counter[str] = Counter()
        for value, (event_id, at) in stored(world).items():
            told = await settled(client, model, event_id)
            check(told, model, value, at)
            ways.update(route["then"]["told_by"] for route in told["routes"])
    # It is no use to claim nothing.
    assert ways["delivery"], ways
    assert ways["changes"] > MESSAGES, ways
    assert ways["nothing"] < ways.total() / 4, ways


async def settled(client: httpx2.AsyncClient, model: Model, event_id: str) -> dict[str, Any]:
    """Trace a message once each of its deliveries has come as far as it will."""
    gone = {rule.id for rule in model.gone}

    async def look() -> dict[str, Any]:
        answer = await client.get(f"/customer/messages/{event_id}/trace", params={"limit": 500})
        told: dict[str, Any] = answer.json()
        for route in told["routes"]:
            if route["route_id"] in gone or not model.all[route["route_id"]].is_enabled:
                continue
            if any(end["state"] == "pending" and not end["history"] for end in route["deliveries"]):
                return {}
        return told

    return await wait_for(look)


def check(told: dict[str, Any], model: Model, value: int, at: datetime) -> None:
    routes = {route["route_id"]: route for route in told["routes"]}
    delivered = {number for number, route in routes.items() if route["deliveries"]}
    assert delivered == model.taken[value], (value, told["text"])
    for number, route in routes.items():
        rule = model.all[number]
        told_then = route["then"]["matched"]
        if told_then == "unknown":
            changes = [*rule.changed_at, *(each["at"] for each in route["changes"])]
            times = [
                each if isinstance(each, datetime) else datetime.fromisoformat(each)
                for each in changes
            ]
            assert any(timedelta(0) <= at - each <= TAKES_EFFECT for each in times), (value, route)
        else:
            assert told_then == ("true" if number in model.taken[value] else "false"), route
        for end in route["deliveries"]:
            if number in {each.id for each in model.gone}:
                assert end["state"] in {STATES[rule.end], "failed"}
            elif rule.is_enabled:
                assert end["state"] == STATES[rule.end], route
                assert (end["status"] == 204) is (rule.end == "good")
    missing = model.taken[value] - routes.keys()
    assert not missing
