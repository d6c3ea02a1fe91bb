"""A bulk registration whose client is slow: it ends in time, and what was done is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime
from typing import Any, cast

import attrs
import msgspec
import pytest
import trio
from quart import Response
from trio.testing import MockClock

from pulse_router.api.devices.held_answers import HeldAnswers
from pulse_router.api.devices.ports import DeviceStore
from pulse_router.api.devices.registration import DeviceRegistration
from pulse_router.api.requests.problems import Problem
from pulse_router.domain.devices import DeviceDraft, Registered, RegisteredDevice
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.messages import DeviceKey, DeviceStatus

BODY_SECONDS = 30.0


@attrs.define
class MemoryDeviceStore:
    """Registers devices, and is away after some transactions."""

    transactions_left: int = 1000
    devices: dict[str, RegisteredDevice] = attrs.field(factory=dict)
    announced: list[DeviceKey] = attrs.field(factory=list)

    async def create_devices(self, tenant_id: str, drafts: Collection[DeviceDraft]) -> Registered:
        await trio.lowlevel.checkpoint()
        if not self.transactions_left:
            raise Unavailable("away")
        self.transactions_left -= 1
        now = datetime(2026, 2, 16, tzinfo=UTC)
        new = [
            RegisteredDevice(tenant_id, d.device_id, d.site_id, DeviceStatus.ACTIVE, now, None)
            for d in drafts
            if d.device_id not in self.devices
        ]
        self.devices |= {device.device_id: device for device in new}
        return Registered(created=new)

    async def changed(self, keys: Collection[DeviceKey]) -> None:
        await trio.lowlevel.checkpoint()
        self.announced += keys


async def register(store: MemoryDeviceStore, pieces: AsyncIterator[bytes]) -> list[Any]:
    """Register, and read the answer."""
    devices = cast("DeviceStore", store)
    registration = DeviceRegistration(devices, store.changed, body_seconds=BODY_SECONDS)
    return await read(await registration.register_lines("TENANT1", pieces))


async def read(response: Response) -> list[Any]:
    async with response.response as body:
        text = b"".join([piece async for piece in body])
    return [msgspec.json.decode(line) for line in text.splitlines()]


class Pieces:
    """Pieces that arrive so many seconds apart, the first at once."""

    def __init__(self, *pieces: bytes, every_seconds: float) -> None:
        self._pieces = iter(pieces)
        self._every_seconds = every_seconds
        self._wait_seconds = 0.0

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        await trio.sleep(self._wait_seconds)
        self._wait_seconds = self._every_seconds
        try:
            return next(self._pieces)
        except StopIteration:
            raise StopAsyncIteration from None


def line(number: int) -> bytes:
    return b'{"device_id": "DEV-%d"}\n' % number


async def test_a_client_that_falls_silent_is_told_what_was_done(autojump_clock: MockClock) -> None:
    store = MemoryDeviceStore()
    pieces = Pieces(line(1), line(2), every_seconds=BODY_SECONDS + 1)
    first, summary = await register(store, pieces)
    assert first["result"] == "CREATED"
    assert (summary["is_complete"], summary["lines"]) == (False, 1)
    assert "stopped arriving" in summary["problem"]
    assert store.announced == [("TENANT1", "DEV-1")]


async def test_a_client_that_says_nothing_is_refused(autojump_clock: MockClock) -> None:
    with pytest.raises(Problem) as caught:
        await register(MemoryDeviceStore(), Pieces(b" ", b" ", every_seconds=BODY_SECONDS + 1))
    assert caught.value.status == 408


@pytest.mark.parametrize("piece", [b"\n", b" ", line(1)])
async def test_a_client_that_trickles_is_not_waited_for_without_end(
    autojump_clock: MockClock, piece: bytes
) -> None:
    store = MemoryDeviceStore()
    begin = trio.current_time()
    *_, summary = await register(store, Pieces(*[piece] * 1000, every_seconds=BODY_SECONDS - 1))
    assert trio.current_time() - begin <= 300 + BODY_SECONDS
    assert summary["is_complete"] is False
    assert "seconds" in summary["problem"]


async def test_an_outage_in_the_middle_leaves_and_tells_what_is_committed(
    autojump_clock: MockClock,
) -> None:
    store = MemoryDeviceStore(transactions_left=2)
    lines = b"".join(line(number) for number in range(600))
    *answers, summary = await register(store, Pieces(lines, every_seconds=0))
    assert [answer["line"] for answer in answers] == list(range(1, 501))
    assert len(store.devices) == summary["created"] == 500
    assert (summary["is_complete"], "database" in summary["problem"]) == (False, True)
    with pytest.raises(Unavailable):
        await register(store, Pieces(lines, every_seconds=0))


async def test_what_is_wrong_with_lines_is_told_within_bounds() -> None:
    line = b"{" + b",".join(b'"%d":0' % number for number in range(50)) + b"}\n"
    lines = 20_000

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(lines // 100):
            await trio.lowlevel.checkpoint()
            yield line * 100

    *answers, summary = await register(MemoryDeviceStore(), pieces())
    assert summary["refused"] == lines
    assert len(answers[0]["errors"]) == 3
    assert "errors" not in answers[-1]
    assert sum(len(answer.get("errors", ())) for answer in answers) < 20_003


async def test_others_have_their_turn_while_many_lines_are_refused() -> None:
    line = msgspec.json.encode({f"unknown_{number}": number for number in range(5)}) + b"\n"
    count, turns, done = 3_500, 0, trio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        await trio.lowlevel.checkpoint()
        yield line * count

    async def watch() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch)
        await register(MemoryDeviceStore(), pieces())
        done.set()
    assert turns > 2 * count / 250  # once for each transaction is too seldom


async def test_answers_that_wait_take_a_fraction_of_their_weight_and_less_as_they_go() -> None:
    held, written = HeldAnswers(), []
    for number in range(100_000):
        written.append(b'{"line":%d,"result":"CREATED","device_id":"DEV-%d"}\n' % (number, number))
        held.add(written[-1])
    whole = b"".join(written)
    assert held.held_bytes < len(whole) / 4
    taken, left = [], [held.held_bytes]
    async for piece in held.take_all():
        taken.append(piece)
        left.append(held.held_bytes)
    assert b"".join(taken) == whole
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0
