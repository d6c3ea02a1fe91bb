"""Every example of docs/api.md, one after the other as they stand there, and its answer."""

from __future__ import annotations

import os
import re
import subprocess
from typing import Any

import msgspec
import trio

from tests.support.commands.process import clean_environment
from tests.support.commands.router import DEVICE_TOKEN, World, make_token
from tests.support.delivery.sink import WebhookSink
from tests.support.documents import Example, examples
from tests.support.mqtt.publisher import open_publisher
from tests.support.waiting import wait_until

SIGNED = {"webhook-id", "webhook-timestamp", "webhook-signature"}
VARYING = {"request_id", "next", "User-Agent", "broker_dropped", *SIGNED}
TIME = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z")
EVENT_ID = re.compile(r"\d{15,20}")


def reading(**metrics: float) -> bytes:
    return msgspec.json.encode({"provision_token": DEVICE_TOKEN, "metrics": metrics})


def same_every_time(text: str) -> Any:
    """What is printed, without what differs from one time to the next."""
    return fixed(msgspec.json.decode(text)) if text.startswith("{") else text


def fixed(value: Any) -> Any:
    match value:
        case dict():
            return {
                name: "text" if name in VARYING else fixed(part) for name, part in value.items()
            }
        case list():
            return [fixed(part) for part in value]
        case str() if TIME.fullmatch(value):
            return "time"
        case str() if EVENT_ID.fullmatch(value):
            return "id"
        case float():
            return "number"
    return value


async def prepare(world: World, sink: WebhookSink, heading: str) -> None:
    """Let devices send what the part of the document is about."""
    async with open_publisher(world.broker.port) as publisher:
        if heading == "What was sent, and what was refused":
            for _ in range(2):
                await publisher.publish(world.topic(1), reading(temperature=20.5))
            await publisher.publish(
                world.topic(1), msgspec.json.encode({"provision_token": DEVICE_TOKEN})
            )
            await wait_until(lambda: world.value("SELECT count(*) FROM telemetry") == "2")
            await wait_until(lambda: world.value("SELECT count(*) FROM rejected_messages") == "1")
        elif heading == "Dead letters":
            sink.status = 404
            for _ in range(3):
                await publisher.publish(world.topic(1), reading(temperature=90.5))
            letters = "SELECT count(*) FROM dead_letter_messages"
            await wait_until(lambda: world.value(letters) == "3")
            sink.status = 204
        elif heading == "How the router does":  # the figures are a second old
            await wait_until(lambda: discarded(world) == 1)


def discarded(world: World) -> int | None:
    answer = world.router.get("/health")
    return None if answer is None else answer.json()["ledger"]["discarded"]


async def run(example: Example, world: World, sink: WebhookSink) -> str:
    environment = clean_environment() | {
        "PULSE_TOKEN": make_token(),
        "PULSE_OPERATOR_TOKEN": make_token(role="operator"),
        "PULSE_URL": world.router.url,
        "PATH": os.environ["PATH"],
    }
    done = await trio.run_process(
        ["bash", "-euc", example.text.replace(":9999", f":{sink.port}")],
        env=environment,
        capture_stdout=True,
        stderr=subprocess.STDOUT,
    )
    return done.stdout.decode().replace(f":{sink.port}", ":9999")


async def test_each_example_is_answered_as_it_says(world: World, sink: WebhookSink) -> None:
    await world.router.start_and_wait()
    found = examples("api.md", "bash", "json", "text")
    assert [example.language == "bash" for example in found] == [True, False] * (len(found) // 2)
    heading = ""
    for command, answer in zip(found[::2], found[1::2], strict=True):
        if command.heading != heading:
            heading = command.heading
            await prepare(world, sink, heading)
        printed = await run(command, world, sink)
        assert same_every_time(printed) == same_every_time(answer.text), command.text
