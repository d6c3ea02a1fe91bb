"""No provision token is found anywhere behind the decoder, in whatever form it was sent."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import httpx2
import msgspec
import pytest
import trio
import trio_websocket

from tests.support.commands.router import DEVICE_TOKEN, TENANT, World, make_token
from tests.support.delivery.sink import WebhookSink
from tests.support.endurance.books import assert_books_balance, assert_router_says_so
from tests.support.mqtt.publisher import open_publisher
from tests.support.waiting import wait_until

T = DEVICE_TOKEN
WRONG = "another-s3cret-token"
ACCEPTED = [
    {"provision_token": T, "metrics": {"temperature": 90}},
    {"provision_token": T, "metrics": {"temperature": 91, "note": f"<{T}>", T: 1}},
    {"provision_token": T, "metrics": {"temperature": 92}, "note": f"my token is {T}"},
    {"provision_token": T, "metrics": {"temperature": 93}, "deep": [{"provision_token": WRONG}]},
    {"provision_token": T, "metrics": {"temperature": 94}, "x": {T: [{"y": T}]}},
]
REFUSED = [
    f'{{"provision_token":"{T}","metrics":',
    f'{{"provision_token":"{T}',
    f"{{'provision_token': '{T}', 'metrics': {{'t': 1}}}}",
    f'{{"provision\\u005ftoken":"{T}","metrics":[]}}',
    f'{{"provision_token":"{T}","metrics":{{"t":1e999}}}}',
    f'{{"provision_token":"{T}","metrics":{{"{T}":[]}}}}',
    f'{{"provision_token":"{T}","metrics":{{"t":"\\u0000"}}}}',
    f'{{"provision_token":"{T}","ts":"{T}","metrics":{{"t":1}}}}',
    f'{{"provision_token":"{T}","metrics":{{"t":1}},"blob":"{"x" * 70_000}","again":"{T}"}}',
    f'{{"provision_token":"{WRONG}","metrics":{{"t":1}}}}',
    f'{{"metrics":{{"t":1,"provision_token":"{T}"}}}}',
    f'{{"x":[{{"provision_token":"{T}"}}],"metrics":[]}}',
    f'"{{\\"provision_token\\":\\"{T}\\"}}"',
    f"provision_token={T}&t=1",
]
# Where it is not the field's value, a token is known by the hash of a registered device.
MISPLACED = [
    f'{{"provisionToken":"{T}","metrics":{{"t":1}}}}',
    f'{{"provision_token":"{WRONG}","metrics":{{"t":1}},"note":"{T}"}}',
]
REFUSED_BYTES = [
    *(text.encode() for text in REFUSED),
    REFUSED[0].encode() + b"\xff\xfe",
    REFUSED[0].encode("utf-16"),
]


@pytest.fixture
def refusing_sink() -> Iterator[WebhookSink]:
    """What it refuses is dead-lettered at once."""
    opened = WebhookSink(status=400)
    opened.start()
    yield opened
    opened.stop()


def dump(world: World) -> str:
    """Every row of every table, as text."""
    tables = world.rows("SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND oid >= 16384")
    assert {"ingest_batches", "rejected_messages"} <= {name for [name] in tables}
    texts = [
        "|".join(row)
        for [name] in tables
        for row in world.rows(f"SELECT ctid, line::text FROM {name} AS line")
    ]
    assert any("temperature" in text for text in texts)
    return "\n".join(texts)


def forms(token: str) -> list[str]:
    """How a token could be found in text."""
    wide = token.encode("utf-16-le")
    return [token, token.encode().hex(), wide.hex(), base64.b64encode(token.encode()).decode()]


async def test_no_token_is_found_behind_the_decoder(
    world: World, sink: WebhookSink, refusing_sink: WebhookSink
) -> None:
    world.router.environment["PULSE_LOG_LEVEL"] = "debug"
    world.add_webhook(f"http://127.0.0.1:{sink.port}/")
    world.add_webhook(f"http://127.0.0.1:{refusing_sink.port}/")
    await world.router.start_and_wait()
    stream = f"ws{world.router.url[4:]}/api/v1/customer/telemetry/stream?token={make_token()}"
    shown: list[str] = []
    async with (
        trio_websocket.open_websocket_url(stream) as live,
        open_publisher(world.broker.port) as publisher,
    ):
        shown.append(str(await live.get_message()))
        for fields in ACCEPTED:
            await publisher.publish(world.topic(), msgspec.json.encode(fields))
        for number, payload in enumerate(REFUSED_BYTES):
            await publisher.publish(world.topic(1 + number % 9), payload)
            await publisher.publish(f"tenant/{TENANT}/device/NOBODY/telemetry", payload)
        for text in MISPLACED:
            await publisher.publish(world.topic(), text.encode())
        await publisher.wait_for(len(ACCEPTED) + 2 * len(REFUSED_BYTES) + len(MISPLACED))
        for _ in ACCEPTED:
            with trio.fail_after(20):
                shown.append(str(await live.get_message()))
    dead = "SELECT count(*) FROM dead_letter_messages"
    await wait_until(lambda: world.value(dead) == str(len(ACCEPTED)))
    await wait_until(lambda: len(sink.received) == len(ACCEPTED))
    refused = "SELECT count(*) FROM rejected_messages"
    await wait_until(lambda: world.value(refused) == str(2 * len(REFUSED_BYTES) + 2))
    shown += await _ask_api(world)
    everything = "\n".join(
        [
            dump(world),
            world.router.text,
            *shown,
            *(repr(request) for received in (sink, refusing_sink) for request in received.received),
        ]
    )
    for number in range(len(ACCEPTED)):
        assert f'"temperature":{90 + number}' in everything.replace(" ", "")
    found = [
        everything[max(0, at - 200) : at + 60]
        for token in (T, WRONG)
        for form in forms(token)
        if (at := everything.find(form)) >= 0
    ]
    assert found == []
    assert_books_balance(world)
    await assert_router_says_so(world)


async def _ask_api(world: World) -> list[str]:
    """What a customer can see of it all."""
    headers = {"Authorization": f"Bearer {make_token()}"}
    paths = [
        "/customer/dead-letter",
        "/customer/rejected-messages?limit=100",
        "/customer/devices",
        "/customer/devices/DEV-000/telemetry",
        "/customer/message-routes",
    ]
    async with httpx2.AsyncClient(base_url=world.router.url, headers=headers) as api:
        answers = [await api.get(path) for path in paths]
    assert [answer.status_code for answer in answers] == [200] * len(paths)
    return [answer.text for answer in answers]
