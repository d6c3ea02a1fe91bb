"""The laws of contact: one look-up an arrival, and first contact where the operator wants it."""

from __future__ import annotations

from typing import Any

import attrs
import msgspec
import pytest
import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.domain.messages import DeviceStatus, Reason
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.limits import Limits
from pulse_router.ingest.registry import DeviceRegistry
from tests.support.ingest.fakes import (
    TOKEN,
    DecoderWorld,
    FakeArrival,
    FakePublication,
    publication,
)

NEW = "tenant/TENANT9/device/NEW-1/telemetry"
OPEN = Limits(auto_provision=True)


async def decode(world: DecoderWorld, *publications: FakePublication) -> DecodedBatch:
    return await world.decoder().decode(FakeArrival(publications))


def reasons(batch: DecodedBatch) -> list[Reason]:
    return [rejection.reason for rejection in batch.rejections]


async def test_an_arrival_of_any_size_asks_once() -> None:
    world = DecoderWorld()
    sent = [publication(f"tenant/TENANT1/device/NO-{n}/telemetry") for n in range(1_000)]
    batch = await decode(world, *sent, publication())
    assert len(world.devices.asked) == 1
    assert len(batch.messages) == 1
    assert batch.capped.total() + len(batch.rejections) == 1_000


async def test_a_fleet_larger_than_the_registry_is_served_all_the_same() -> None:
    world = DecoderWorld()
    topics = [f"tenant/TENANT1/device/D-{n}/telemetry" for n in range(600)]
    for number in range(600):
        world.devices.add("TENANT1", f"D-{number}")
    decoder = world.decoder(DeviceRegistry(world.devices, capacity=10))
    for _ in range(3):
        batch = await decoder.decode(FakeArrival([publication(topic) for topic in topics]))
        assert (len(batch.messages), batch.rejections) == (600, [])
    assert len(world.devices.asked) == 3


async def test_a_device_that_is_forgotten_while_others_are_decoded_is_not_refused() -> None:
    world = DecoderWorld()
    registry = DeviceRegistry(world.devices)
    decoder = world.decoder(registry)
    await decoder.decode(FakeArrival([publication()]))
    world.devices.trouble = [Unavailable("away")]
    async with trio.open_nursery() as nursery:

        async def forget_again_and_again() -> None:
            while True:
                registry.forget_all()
                await trio.lowlevel.checkpoint()

        nursery.start_soon(forget_again_and_again)
        other = publication("tenant/TENANT1/device/NO/telemetry")
        batch = await decoder.decode(FakeArrival([publication()] * 2_000 + [other]))
        nursery.cancel_scope.cancel()
    assert len(batch.messages) == 2_000
    assert reasons(batch) == [Reason.UNREGISTERED_DEVICE]


async def test_a_stranger_is_refused_unless_the_operator_lets_devices_register_themselves() -> None:
    world = DecoderWorld()
    assert reasons(await decode(world, publication(NEW))) == [Reason.UNREGISTERED_DEVICE]
    assert ("TENANT9", "NEW-1") not in world.devices.devices


async def test_an_unknown_device_registers_itself_with_the_token_that_it_brings() -> None:
    world = DecoderWorld(limits=OPEN)
    batch = await decode(
        world,
        publication(NEW, provision_token="the first token", site_id="SITE-9"),
        publication(NEW, provision_token="another token"),
        publication(NEW, provision_token="the first token", site_id="SITE-8"),
        publication(NEW, provision_token="the first token"),
    )
    assert [message.site_id for message in batch.messages] == ["SITE-9", "SITE-9"]
    assert reasons(batch) == [Reason.TOKEN_INVALID, Reason.SITE_MISMATCH]
    assert len(world.devices.asked) == 1
    later = await decode(world, publication(NEW, provision_token="another token"))
    assert reasons(later) == [Reason.TOKEN_INVALID]


async def test_a_known_device_keeps_its_token_and_a_revoked_one_stays_revoked() -> None:
    world = DecoderWorld(limits=OPEN)
    world.devices.add("TENANT1", "GONE", status=DeviceStatus.REVOKED)
    gone = publication("tenant/TENANT1/device/GONE/telemetry", provision_token="a new token")
    batch = await decode(world, publication(provision_token="a new token"), gone)
    assert reasons(batch) == [Reason.TOKEN_INVALID, Reason.DEVICE_REVOKED]


@pytest.mark.parametrize(
    "changes",
    [
        {"provision_token": None},
        {"provision_token": ""},
        {"tenant_id": "TENANT1"},
        {"site_id": "s" * 129},
        {"note": "x" * 70_000},
        {"note": "\0"},
    ],
    ids=lambda changes: next(iter(changes)),
)
async def test_a_message_that_is_no_good_registers_nobody(changes: dict[str, Any]) -> None:
    world = DecoderWorld(limits=OPEN)
    before = dict(world.devices.devices)
    ours = attrs.evolve(publication(NEW), user_properties=[("pulse-hops", "1")])
    batch = await decode(world, publication(NEW, **changes), FakePublication(b"{", NEW), ours)
    assert (batch.messages, len(batch.rejections)) == ([], 2)
    assert world.devices.devices == before


async def test_the_first_good_message_of_a_device_registers_it_for_those_before_it_too() -> None:
    world = DecoderWorld(limits=OPEN)
    batch = await decode(world, publication(NEW, provision_token=None), publication(NEW))
    assert reasons(batch) == [Reason.TOKEN_MISSING]
    assert len(batch.messages) == 1


async def test_without_tokens_a_device_registers_itself_by_its_topic_alone() -> None:
    world = DecoderWorld(limits=attrs.evolve(OPEN, require_token=False))
    body = msgspec.json.encode({"metrics": {"t": 1}})
    batch = await decode(world, FakePublication(body, NEW))
    assert len(batch.messages) == 1
    assert world.devices.devices["TENANT9", "NEW-1"].token_hash is None


async def test_registering_is_held_while_the_database_is_away(
    autojump_clock: trio.testing.MockClock,
) -> None:
    world = DecoderWorld(limits=OPEN)
    world.devices.trouble = [Unavailable("away")]
    batch = await decode(world, publication(NEW))
    assert len(batch.messages) == 1
    assert world.reports == ["away", None]
    assert TOKEN not in repr(world.devices)
