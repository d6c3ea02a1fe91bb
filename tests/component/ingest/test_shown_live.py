"""What is decoded is shown live at once, and can be resumed from."""

from __future__ import annotations

import pytest
import trio

from pulse_router.ingest.batch import DecodedBatch
from tests.support.ingest.decoding import decode
from tests.support.ingest.fakes import TOPIC, DecoderWorld, FakeArrival, publication


async def test_telemetry_is_shown_live_under_the_id_of_its_row() -> None:
    world = DecoderWorld()
    world.live.tenants.add("TENANT1")
    batch = await decode(
        world, publication(), publication("tenant/TENANT1/device/DEV-001/event"), publication(ts=[])
    )
    [event] = world.live.events
    assert event.event_id == batch.messages[0].event_id
    assert event.metrics == {"temperature": 90}
    assert event.topic == TOPIC


async def test_what_is_accepted_can_be_resumed_from_though_nobody_listened() -> None:
    world = DecoderWorld()
    batch = await decode(
        world, publication(), publication("tenant/TENANT1/device/DEV-001/event"), publication(ts=[])
    )
    assert world.live.events == []
    assert world.recent.messages == batch.messages
    assert len(batch.messages) == 2


@pytest.mark.parametrize(
    ("size", "shown"),
    # Of a flood, what the channel holds and one more; of single messages, sixty-four and one.
    [(1, 65), (20, 20 * 5)],
)
async def test_few_messages_are_shown_live_though_none_is_stored_and_a_flood_waits(
    size: int, shown: int, autojump_clock: trio.testing.MockClock
) -> None:
    world = DecoderWorld()
    world.live.tenants.add("TENANT1")
    send_arrivals, arrivals = trio.open_memory_channel[FakeArrival](100)
    send_decoded, decoded = trio.open_memory_channel[DecodedBatch](4)
    sent = [FakeArrival([publication()] * size) for _ in range(100)]
    with send_arrivals:
        for arrival in sent:
            send_arrivals.send_nowait(arrival)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.decoder().run, arrivals, send_decoded)
        await trio.testing.wait_all_tasks_blocked()
        assert len(world.live.events) == shown
        taken = [each async for batch in decoded for each in (batch, *batch.followers)]
    assert [batch.arrival for batch in taken] == sent
