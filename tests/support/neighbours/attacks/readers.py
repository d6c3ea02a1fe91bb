"""Requests that ask for much, and readers that do not read."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Sequence

import msgspec
import trio

from tests.support.neighbours.attack import Attack, often
from tests.support.neighbours.target import LOUD, TENANTS, Target

_LETTERS = 500
_SOCKETS = 12
_REJECTED = 500_000
_LOUD = TENANTS[1:]
_JSON = {"Content-Type": "application/json"}


def letters_sql(_target: Target) -> str:
    """500 dead letters of 64 KB."""
    return (
        "INSERT INTO dead_letter_messages (delivery_id, tenant_id, route_id, device_id, event_id,"
        " event_time, original_topic, payload, destination_type, destination_config,"
        f" error_message, attempts) SELECT n, '{LOUD}', 1, 'DEV-0', n, now(), 'a/topic',"
        " ('{\"blob\":\"' || repeat('x', 64000) || '\"}')::json, 'webhook', '{}', 'HTTP 500', 5"
        f" FROM generate_series(1, {_LETTERS}) AS n;"
    )


def rejected_sql(_target: Target) -> str:
    """Half a million refused messages of each of three tenants."""
    tenants = ", ".join(f"'{tenant}'" for tenant in _LOUD[:3])
    return (
        "INSERT INTO rejected_messages"
        " (received_at, tenant_id, device_id, topic, reason, detail, payload)"
        " SELECT now() - n * interval '1 second', tenant, 'DEV-' || n % 10, 'a/topic',"
        " (ARRAY['BAD_JSON', 'BAD_TOPIC', 'TOKEN_INVALID', 'EMPTY'])[1 + n % 4], 'it is wrong',"
        " repeat('x', 200)::bytea"
        f" FROM unnest(ARRAY[{tenants}]) AS tenant, generate_series(1, {_REJECTED}) AS n;"
        " ANALYZE rejected_messages;"
    )


async def _unread(target: Target) -> None:
    """Ask, read nothing, and come again when thrown out."""

    async def one() -> None:
        while True:
            async with await trio.open_tcp_stream("127.0.0.1", target.http_port) as stream:
                await stream.send_all(target.request("/customer/dead-letter?limit=500"))
                with trio.move_on_after(20):
                    await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        for _ in range(_SOCKETS):
            nursery.start_soon(one)


async def _unknown(target: Target) -> None:
    fields = {f"unknown_field_{number}": number for number in range(33_000)}
    body = msgspec.json.encode(fields)
    async with target.client() as client:
        path = "/customer/message-routes"
        await often(5, lambda: client.post(path, content=body, headers=_JSON))


async def _bulk(target: Target) -> None:
    """Four tenants register what is no device, 16 MiB at a time."""
    line = msgspec.json.encode({f"unknown_{number}": number for number in range(5)}) + b"\n"
    body = line * (16 * 1024 * 1024 // len(line) - 1)
    headers = {"Content-Type": "application/x-ndjson"}

    async def register(tenant: str) -> None:
        async with target.client(tenant) as client:
            path = "/customer/devices/bulk"
            await often(1, lambda: client.post(path, content=body, headers=headers))

    async with trio.open_nursery() as nursery:
        for tenant in _LOUD:
            nursery.start_soon(register, tenant)


def _asking(
    paths: Sequence[str], *, tenants: Sequence[str], at_once: int, per_second: float
) -> Callable[[Target], Awaitable[None]]:
    async def ask(target: Target, tenant: str) -> None:
        async with target.client(tenant) as client:
            going = itertools.cycle(paths)
            await often(per_second, lambda: client.get(next(going)))

    async def run(target: Target) -> None:
        async with trio.open_nursery() as nursery:
            for tenant in tenants:
                for _ in range(at_once):
                    nursery.start_soon(ask, target, tenant)

    return run


_REFUSED = "/customer/rejected-messages"
_DEEP = (
    f"{_REFUSED}?reason=BAD_JSON&offset=1000000000",
    f"{_REFUSED}?reason=BAD_JSON&offset=10000",
    f"{_REFUSED}?device_id=DEV-3&reason=SITE_MISMATCH",
    f"{_REFUSED}?to=2026-01-01T00:00:00Z&limit=500",
    f"{_REFUSED}?limit=500&offset=9500",
)

ATTACKS = (
    Attack("unread-answers", "12 ask for 500 of 64 KB and do not read", _unread, letters_sql),
    Attack("unknown-fields", "0.9 MB of unknown fields, 5/s", _unknown, is_cheap=True),
    Attack("bulk-devices", "four tenants, 16 MiB of lines that are no device", _bulk),
    Attack(
        "deep-lists",
        "three tenants with 0.5 M rows each, offsets and filters, 2 at once, 20/s",
        _asking(_DEEP, tenants=_LOUD[:3], at_once=2, per_second=20),
        rejected_sql,
    ),
    Attack(
        "requests",
        "one tenant asks 400 times a second",
        _asking(["/customer/devices"], tenants=_LOUD[:1], at_once=4, per_second=100),
        is_cheap=True,
    ),
)
