"""What an arrival with many matches became is handed on in parts: memory holds few of them."""

from __future__ import annotations

import itertools

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from pulse_router.domain.routes import RouteSet
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.decoder import PART_MATCHES
from pulse_router.ingest.tenant_costs import TenantCosts
from pulse_router.runtime.stride import STRIDE_SECONDS
from tests.support.ingest.decoding import route
from tests.support.ingest.fakes import DecoderWorld, FakeArrival, publication

MATCHES = 100
MESSAGES = 400
FULL = -(-PART_MATCHES // MATCHES)
"""How many messages a part has."""


async def test_a_read_that_matches_very_much_is_decoded_as_it_is_stored(
    autojump_clock: MockClock,
) -> None:
    clock = itertools.count(0.0, STRIDE_SECONDS).__next__  # each message takes a whole turn
    world = DecoderWorld(costs=TenantCosts(clock=clock))
    world.routes.current = RouteSet([route(number) for number in range(MATCHES)])
    sent = [
        FakeArrival([publication(), publication(ts=[])] * (MESSAGES // 2), dropped=3)
        for _ in range(3)
    ]
    send_arrivals, arrivals = trio.open_memory_channel[FakeArrival](len(sent))
    with send_arrivals:
        for arrival in sent:
            send_arrivals.send_nowait(arrival)
    send_decoded, decoded = trio.open_memory_channel[DecodedBatch](4)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.decoder().run, arrivals, send_decoded)
        await wait_all_tasks_blocked()
        assert len(world.recent.messages) == 5 * FULL, "four wait, and one for room"
        parts = [each async for batch in decoded for each in (batch, *batch.followers)]
    assert [part.arrival for part in parts if not part.more_follows] == sent
    assert all(part.received == part.accounted_for for part in parts)
    assert all(part.matched < PART_MATCHES + MATCHES for part in parts)
    assert sum(part.received for part in parts) == len(sent) * MESSAGES
    assert sum(part.dropped for part in parts) == len(sent) * 3
    delivered = [delivery.event_id for part in parts for delivery in part.deliveries]
    messages = [message.event_id for part in parts for message in part.messages]
    assert delivered == [number for number in messages for _ in range(MATCHES)]
