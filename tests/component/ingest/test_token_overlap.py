"""A device whose token was rotated with an overlap, as the decoder sees it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from pulse_router.domain.messages import PreviousToken, Reason
from tests.support.ingest.fakes import DecoderWorld, FakeArrival, FakePublication, publication

NOW = datetime(2026, 2, 16, 12, tzinfo=UTC)


def world_with_old_token(until: datetime) -> DecoderWorld:
    """A device that has its usual token, and an old one."""
    world = DecoderWorld()
    device = world.devices.devices["TENANT1", "DEV-001"]
    old = PreviousToken(hashlib.sha256(b"the old token").digest(), until)
    world.devices.devices["TENANT1", "DEV-001"] = device._replace(previous_tokens=(old,))
    return world


async def test_a_token_that_was_rotated_away_holds_until_its_time_without_a_new_look() -> None:
    world = world_with_old_token(NOW + timedelta(hours=1))
    decoder = world.decoder()

    async def accepts(sent: FakePublication, after: timedelta) -> bool:
        received_at = (NOW + after).timestamp()
        return bool((await decoder.decode(FakeArrival([sent], received_at))).messages)

    with_old, just_before = publication(provision_token="the old token"), timedelta(minutes=59)
    assert await accepts(with_old, just_before)
    assert await accepts(publication(), just_before)
    assert not await accepts(with_old, timedelta(hours=1))
    assert await accepts(publication(), timedelta(hours=1))
    assert len(world.devices.asked) == 1


async def test_a_token_that_was_rotated_away_is_masked_in_what_is_refused() -> None:
    world = world_with_old_token(NOW)
    sent = publication(provision_token=None, secret="the old token")
    batch = await world.decoder().decode(FakeArrival([sent], NOW.timestamp()))
    [rejection] = batch.rejections
    assert rejection.reason is Reason.TOKEN_MISSING
    assert b"the old token" not in rejection.payload
