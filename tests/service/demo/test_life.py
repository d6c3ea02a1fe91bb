"""The main job under load, killed, stopped and started again: nothing is lost."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx2
import msgspec
import pytest
import trio

from tests.support.commands.demo import Demo
from tests.support.commands.main_job import (
    TOPIC,
    create_route,
    query,
    route_to,
    wait_for_balanced_books,
)
from tests.support.delivery.sink import WebhookSink
from tests.support.mqtt.publisher import open_publisher
from tests.support.waiting import wait_for, wait_until


def numbered(demo: Demo, first: int, count: int) -> Iterator[tuple[str, bytes]]:
    for number in range(first, first + count):
        yield (
            TOPIC,
            msgspec.json.encode(
                {
                    "provision_token": demo.device_token,
                    "metrics": {"temperature": 90, "number": number},
                }
            ),
        )


async def wait_for_numbers(demo: Demo, first: int, count: int) -> None:
    """Wait until every number is stored; then none may be missing and none doubled."""
    sql = (
        "SELECT (metrics->>'number')::bigint AS number, count(*) FROM telemetry"
        f" WHERE (metrics->>'number')::bigint BETWEEN {first} AND {first + count - 1} GROUP BY 1"
    )

    async def all_rows() -> list[tuple[Any, ...]]:
        rows = await query(demo, sql)
        return rows if len(rows) >= count else []

    rows = await wait_for(all_rows)
    assert [number for number, times in rows if times != 1] == []


async def test_kill_9_under_load_loses_no_row_and_no_delivery(
    demo: Demo, api: httpx2.AsyncClient, sink: WebhookSink
) -> None:
    count = 4_000
    await create_route(api, route_to(sink))
    async with open_publisher(demo.mqtt_port) as publisher, trio.open_nursery() as nursery:
        messages = list(numbered(demo, 0, count))

        async def publish_all() -> None:
            await publisher.publish_all(messages, per_second=2_000)

        nursery.start_soon(publish_all)
        await wait_until(lambda: len(sink.received) > 50)
        demo.kill()
        await trio.to_thread.run_sync(demo.start)
        await publisher.wait_for(count)
    await wait_for_numbers(demo, 0, count)

    def delivered() -> set[int]:
        return {request.json()["metrics"]["number"] for request in list(sink.received)}

    await wait_until(lambda: len(delivered()) == count)
    by_number: dict[int, set[str]] = {}
    for request in sink.received:
        ids = by_number.setdefault(request.json()["metrics"]["number"], set())
        ids.add(request.headers["webhook-id"])
    assert [number for number, ids in by_number.items() if len(ids) != 1] == []
    await wait_for(lambda: query(demo, "SELECT 1 WHERE NOT EXISTS (SELECT FROM route_deliveries)"))


async def test_sigterm_under_load_stops_in_good_order_and_loses_nothing(
    demo: Demo, api: httpx2.AsyncClient, sink: WebhookSink
) -> None:
    first, count = 10_000, 3_000
    await create_route(api, route_to(sink))
    # The demo takes the broker down with it, so only what the broker acknowledged is promised.
    async with open_publisher(demo.mqtt_port) as publisher:
        await publisher.publish_all(numbered(demo, first, count), per_second=3_000)
        await publisher.wait_for(count)
    status = await trio.to_thread.run_sync(demo.stop, signal.SIGTERM)
    assert status == 0, demo.text
    await trio.to_thread.run_sync(demo.start)
    await wait_for_numbers(demo, first, count)
    await wait_for_balanced_books(demo)


async def test_children_end_with_the_demo_and_a_second_start_goes_on(demo: Demo) -> None:
    children = await trio.run_process(
        ["pgrep", "-f", str(demo.folder)], capture_stdout=True, check=False
    )
    assert children.stdout
    before = demo.device_token
    assert await trio.to_thread.run_sync(demo.stop, signal.SIGINT) == 0, demo.text
    left = await trio.run_process(
        ["pgrep", "-f", str(demo.folder)], capture_stdout=True, check=False
    )
    assert left.stdout == b""
    await trio.to_thread.run_sync(demo.start)
    assert demo.device_token == before


def test_a_second_demo_on_the_same_folder_is_refused(demo: Demo) -> None:
    second = Demo(demo.folder, demo.http_port, demo.mqtt_port)
    with pytest.raises(AssertionError, match="did not become ready"):
        second.start()
    assert str(demo.folder) in second.text
    assert second.process is not None
    assert second.process.returncode == 1
    subprocess.run(["kill", "-0", str(demo.pid)], check=True)
