"""Every example of docs/insight.md, one after the other as they stand there, and its answer."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import trio

from tests.support.api.server import ROUTE
from tests.support.commands.process import clean_environment
from tests.support.commands.router import DEVICE_TOKEN, World, make_token
from tests.support.delivery.sink import WebhookSink
from tests.support.documents import Example, examples
from tests.support.mqtt.publisher import open_publisher
from tests.support.waiting import wait_until

VARYING = (
    (re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z"), "time"),
    (re.compile(r"\d{15,20}"), "id"),
    (re.compile(r"\d+\.\d+ s\b|\b\d s\b"), "n s"),
    (re.compile(r" +"), " "),
)


def same_every_time(text: str, *, is_json: bool) -> Any:
    """What is printed, without what differs from one time to the next."""
    for pattern, word in VARYING:
        text = pattern.sub(word, text)
    return msgspec.json.decode(text) if is_json else text.strip()


async def prepare(world: World, sink: WebhookSink) -> str:
    """Make routes, and let a device send what the document is about; give the message's id."""
    doors = {"name": "Doors", "topic_filter": "tenant/+/device/+/door"}
    cold = {"name": "Cold room", "payload_filter": {"temperature": {"$lt": 5}}}
    async with world.router.open_client() as client:
        for changes in ({"name": "Too hot"}, cold, doors):
            config = {"url": f"http://127.0.0.1:{sink.port}/hook"}
            draft = ROUTE | {"destination_config": config} | changes
            assert (await client.post("/customer/message-routes", json=draft)).is_success
    refusals = [503]
    sink.status_of = lambda _request: refusals.pop() if refusals else 204
    bodies: list[dict[str, Any]] = [
        {"metrics": {"humidity": 1}},
        {"metrics": {"temperature": 91.2}},
        {},
    ]
    async with open_publisher(world.broker.port) as publisher:
        for number, body in enumerate(bodies, 1):  # one by one, so that their times differ
            sent = msgspec.json.encode(body | {"provision_token": DEVICE_TOKEN})
            await publisher.publish(world.topic(1), sent)
            await wait_until(partial(has_arrived, world, number))
    await wait_until(lambda: len(sink.received) == 2)
    await wait_until(lambda: world.value("SELECT count(*) FROM route_deliveries") == "0")
    return world.value("SELECT max(event_id) FROM telemetry")


def has_arrived(world: World, count: int) -> bool:
    counted = "SELECT (SELECT count(*) FROM telemetry) + (SELECT count(*) FROM rejected_messages)"
    return world.value(counted) == str(count)


async def run(example: Example, world: World, event_id: str) -> str:
    environment = clean_environment() | {
        "PULSE_TOKEN": make_token(),
        "PULSE_URL": world.router.url,
        "ID": event_id,
        "PYTHONUTF8": "1",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    done = await trio.run_process(
        ["bash", "-euo", "pipefail", "-c", example.text],
        env=environment,
        capture_stdout=True,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.stdout.decode()


async def test_each_example_is_answered_as_it_says(world: World, sink: WebhookSink) -> None:
    await world.router.start_and_wait()
    event_id = await prepare(world, sink)
    found = examples("insight.md", "bash", "json", "text")
    assert [example.language == "bash" for example in found] == [True, False] * (len(found) // 2)
    for command, answer in zip(found[::2], found[1::2], strict=True):
        printed = await run(command, world, event_id)
        is_json = answer.language == "json"
        assert same_every_time(printed, is_json=is_json) == same_every_time(
            answer.text, is_json=is_json
        ), command.text
