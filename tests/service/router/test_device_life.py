"""A device from its registration to its end: what the API answers holds for the next message."""

from __future__ import annotations

from typing import Any

import httpx2
import msgspec
import trio

from tests.support.commands.router import TENANT, World, make_token
from tests.support.endurance.books import assert_books_balance
from tests.support.mqtt.publisher import Publisher, open_publisher
from tests.support.waiting import wait_until

DEVICES = "/api/v1/customer/devices"


class Device:
    """A device that says what became of each of its messages."""

    def __init__(self, world: World, publisher: Publisher) -> None:
        self._world = world
        self._publisher = publisher
        self._sent = 0

    async def send(self, token: str) -> str:
        """Publish a message, and wait for its row: `stored`, or why it was refused."""
        self._sent += 1
        message = {"provision_token": token, "metrics": {"number": self._sent}}
        topic = f"tenant/{TENANT}/device/NEW-1/telemetry"
        await self._publisher.publish(topic, msgspec.json.encode(message))
        rows: list[list[str]] = []

        def is_known() -> bool:
            rows[:] = self._world.rows(_OUTCOME.format(number=self._sent))
            return bool(rows)

        await wait_until(is_known)
        return rows[0][0]


_OUTCOME = """
    SELECT 'stored' FROM telemetry WHERE metrics->>'number' = '{number}' UNION ALL
    SELECT reason FROM rejected_messages
    WHERE convert_from(payload, 'UTF8')::jsonb->'metrics'->>'number' = '{number}'
    """


async def test_what_the_api_has_answered_holds_for_the_next_message(world: World) -> None:
    await world.router.start_and_wait()
    headers = {"Authorization": f"Bearer {make_token()}"}
    one, rotate = f"{DEVICES}/NEW-1", f"{DEVICES}/NEW-1/rotate-token"
    async with (
        httpx2.AsyncClient(base_url=world.router.url, headers=headers) as client,
        open_publisher(world.broker.port) as publisher,
    ):
        device = Device(world, publisher)

        async def new_token(path: str, **body: Any) -> str:
            answer = await client.post(path, json=body)
            assert answer.is_success
            return str(answer.json()["provision_token"])

        assert await device.send("no token yet") == "UNREGISTERED_DEVICE"
        first = await new_token(DEVICES, device_id="NEW-1")
        assert await device.send(first) == "stored"

        second = await new_token(rotate, overlap_hours=1)
        assert [await device.send(token) for token in (first, second)] == ["stored"] * 2
        third = await new_token(rotate)
        assert [await device.send(token) for token in (first, second, third)] == [
            "TOKEN_INVALID",
            "TOKEN_INVALID",
            "stored",
        ]
        # The router has the device in memory, and nobody tells it that the hour is over.
        fourth = await new_token(rotate, overlap_hours=1 / 3600)
        with trio.fail_after(60):
            while await device.send(third) == "stored":
                pass
        assert await device.send(third) == "TOKEN_INVALID"
        assert await device.send(fourth) == "stored"

        await client.patch(one, json={"status": "REVOKED"})
        assert await device.send(fourth) == "DEVICE_REVOKED"
        await client.patch(one, json={"status": "ACTIVE"})
        assert await device.send(fourth) == "stored"
        await client.delete(one)
        assert await device.send(fourth) == "UNREGISTERED_DEVICE"
    assert_books_balance(world)
