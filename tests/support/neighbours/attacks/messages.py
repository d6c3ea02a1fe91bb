"""What devices and strangers may publish, and the filters that their tenant has for it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import msgspec

from tests.support.mqtt.publisher import open_publisher
from tests.support.neighbours.attack import Attack, flooding, often, publishing
from tests.support.neighbours.target import Target, message, routes_sql, topic

MIB = 1024 * 1024
_PACKET = MIB - 1024
"""What the router lets the broker send at the most, with its topic."""

HEAVY_REGEX = "([a-h]{1,30}){1,30}z"
_SLOW_TEXT = "abcdefgh" * 7_500
_IN_LISTS = 10


def many_tokens(size: int = _PACKET) -> bytes:
    """Provision tokens beside each other, each of which would have to be masked."""
    return b"[" + b",".join(_numbered('{"provision_token":"%08d","a":"b"}', size)) + b"]"


def broken_json(size: int = _PACKET) -> bytes:
    """Tokens in what is no JSON."""
    return b",".join(_numbered("token=%08d", size))


def _numbered(text: str, size: int) -> Iterator[bytes]:
    count = size // (len(text % 0) + 1)
    return ((text % number).encode() for number in range(count))


def in_lists_filter() -> str:
    """A filter of one condition and 0.96 MB, as SQL."""
    return (
        "(SELECT jsonb_build_object('x', jsonb_build_object('$in', jsonb_agg(one)))"
        " FROM (SELECT jsonb_agg(CASE WHEN place < 480 THEN 0 ELSE list END) AS one"
        " FROM generate_series(1, 1000) AS list, generate_series(1, 480) AS place"
        " GROUP BY list) AS lists)"
    )


async def _tokens(target: Target) -> None:
    await publishing(target, [("tenant/X/device/Y/telemetry", many_tokens())], per_second=10)


async def _broken(target: Target) -> None:
    sizes = (60 * 1024, 250 * 1024, _PACKET)
    messages = [("tenant/X/device/Y/telemetry", broken_json(size)) for size in sizes]
    await publishing(target, messages, per_second=10)


def _regex_routes(target: Target) -> str:
    wanted = json.dumps({"text": {"$regex": HEAVY_REGEX}})
    return routes_sql(10, target.endpoint("plain"), payload_filter=f"'{wanted}'")


async def _regex(target: Target) -> None:
    payload = message(metrics={"a": 1}, text=_SLOW_TEXT)
    await publishing(target, [(topic(), payload)], per_second=10)


async def _tests(target: Target) -> None:
    async with target.client() as client:
        routes = (await client.get("/customer/message-routes")).json()["routes"]
        path = f"/customer/message-routes/{routes[0]['id']}/test"
        wanted = {"topic": topic(), "payload": {"metrics": {}, "text": "abcdefgh" * 130_000}}
        body = msgspec.json.encode(wanted)
        headers = {"Content-Type": "application/json"}
        await often(10, lambda: client.post(path, content=body, headers=headers))


def _in_lists_routes(target: Target) -> str:
    return routes_sql(_IN_LISTS, target.endpoint("plain"), payload_filter=in_lists_filter())


async def _in_lists(target: Target) -> None:
    payload = message(metrics={"a": 1}, x=[0] * 480)
    await publishing(target, [(topic(), payload)], per_second=10)


async def _patches(target: Target) -> None:
    async with target.client() as client:
        routes = (await client.get("/customer/message-routes?limit=1")).json()
        path = f"/customer/message-routes/{routes['routes'][0]['id']}"
        names = itertools.count()
        await often(5, lambda: client.patch(path, json={"name": f"again {next(names)}"}))


async def _flood(target: Target) -> None:
    async with open_publisher(target.mqtt_port, client_id="loud") as publisher:
        payload = message(metrics={"temperature": 21.5, "humidity": 40})
        await flooding(publisher, topic(), payload, per_second=3_000)


ATTACKS = (
    Attack("many-tokens", "1 MiB of provision tokens, refused, 10/s", _tokens, is_cheap=True),
    Attack("broken-json", "60 KB to 1 MiB of broken JSON, 10/s", _broken, is_cheap=True),
    Attack("heavy-regex", "10 saved filters of 0.8 s a text, 10 messages/s", _regex, _regex_routes),
    Attack("route-tests", "a heavy filter tried on 1 MiB, 10/s", _tests, _regex_routes),
    Attack("in-lists", "10 saved filters of 0.96 MB, 10 messages/s", _in_lists, _in_lists_routes),
    Attack("patches", "a route with 0.96 MB renamed 5 times/s", _patches, _in_lists_routes),
    Attack("flood", "3,000 messages/s of one device", _flood),
)
