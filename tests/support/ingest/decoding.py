"""Single messages, decoded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs

from pulse_router.domain.routes import DestinationType, MatchableRoute
from pulse_router.ingest.batch import DecodedBatch
from tests.support.ingest.fakes import DecoderWorld, FakeArrival, FakePublication

NOW = datetime(2026, 2, 16, 12, tzinfo=UTC)


async def decode(world: DecoderWorld, *publications: FakePublication) -> DecodedBatch:
    return await world.decoder().decode(FakeArrival(publications, received_at=NOW.timestamp()))


def route(number: int, **changes: Any) -> MatchableRoute:
    whole = MatchableRoute(
        id=number,
        tenant_id="TENANT1",
        topic_filter="tenant/+/device/+/telemetry",
        destination_type=DestinationType.WEBHOOK,
        accepts=None,
    )
    return attrs.evolve(whole, **changes)
