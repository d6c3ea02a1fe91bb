"""A message matches no more routes than its tenant's may, and the books have every other match."""

from __future__ import annotations

from collections import Counter

import trio
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.event_ids import EventIds
from pulse_router.domain.messages import Message
from pulse_router.domain.routes import DestinationType, MatchableRoute
from pulse_router.ingest.batch import DecodedBatch, join
from pulse_router.ingest.faults import IngestFaults
from pulse_router.ingest.matching import Matcher
from pulse_router.ingest.payload import DevicePayload
from pulse_router.stores.ingest.ledger import count_by_tenant
from tests.support.ingest.decoding import NOW, route
from tests.support.ingest.fakes import DecoderWorld, FakeArrival

TOPIC = "tenant/T/device/D/telemetry"


def match(
    routes: list[MatchableRoute], most: int, faults: IngestFaults | None = None, tenant: str = "T"
) -> DecodedBatch:
    batch = DecodedBatch(FakeArrival([]), received=1)
    message = Message(1, NOW, NOW, tenant, "D", None, "telemetry", "{}", None)
    world = DecoderWorld(faults=faults or IngestFaults(clock=lambda: 0.0))
    matcher = Matcher(
        EventIds(),
        world.judge(),
        world.faults,
        {tenant: most, "OTHER": 1}.__getitem__,
    )
    with_care = matcher.add_matches(batch, routes, message, TOPIC, DevicePayload(), {})
    if with_care is not None:
        trio.run(lambda: with_care)
    batch.messages.append(message)
    return batch


destinations = st.sampled_from([DestinationType.WEBHOOK, DestinationType.POSTGRESQL])


@given(
    ids=st.lists(st.integers(1, 10_000), unique=True, max_size=40),
    passing=st.lists(st.booleans(), min_size=40, max_size=40),
    kinds=st.lists(destinations, min_size=40, max_size=40),
    most=st.integers(0, 45),
)
def test_every_match_is_queued_written_or_counted_beyond_the_bound(
    ids: list[int], passing: list[bool], kinds: list[DestinationType], most: int
) -> None:
    routes = [
        route(number, destination_type=kind, accepts=lambda _view, passes=passes: passes)
        for number, passes, kind in zip(ids, passing, kinds, strict=False)
    ]
    batch = match(routes, most)
    matching = sorted(number for number, passes in zip(ids, passing, strict=False) if passes)
    chosen = matching if most == 0 else matching[:most]  # the oldest have it
    queued = [delivery.route_id for delivery in batch.deliveries]
    assert sorted([*queued, *(pair.route_id for pair in batch.written)]) == chosen
    assert batch.matched == len(chosen) == len(batch.deliveries) + len(batch.written)
    assert sum(over.matches for over in batch.over_limit) == len(matching) - len(chosen)

    commit = join([batch, match(routes, most)], sequence=1, last_id=1)
    told = count_by_tenant(commit, set())["T"]
    assert commit.counts.matched == told.get("queued", 0) + told.get("written", 0)
    assert told.get("over_limit", 0) == 2 * (len(matching) - len(chosen))
    whole = Counter(told)["queued"] + Counter(told)["written"] + Counter(told)["over_limit"]
    assert whole == 2 * len(matching)


def test_it_is_told_at_the_routes_that_go_without_and_seldom() -> None:
    faults = IngestFaults(utc_now=lambda: NOW, clock=lambda: 0.0)
    match([route(number) for number in (3, 1, 2)], 1, faults)
    assert faults.of_route(1) is None
    for number in (2, 3):
        fault = faults.of_route(number)
        assert fault is not None
        assert "more than 1 routes (limits.matches_per_message)" in fault.problem
    match([route(number) for number in (1, 7)], 1, faults)
    assert faults.of_route(7) is None  # of this tenant it was just told
