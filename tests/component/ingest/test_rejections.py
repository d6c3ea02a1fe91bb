"""The laws of rejections: every one counted, so many of a kind kept, strangers' together."""

from __future__ import annotations

from collections import Counter

import trio

from pulse_router.domain.messages import DeviceStatus, Reason
from pulse_router.ingest.batch import DecodedBatch, join
from pulse_router.ingest.rejections import Rejections
from tests.support.ingest.fakes import (
    TOKEN,
    DecoderWorld,
    FakeArrival,
    FakePublication,
    publication,
)


async def decode(world: DecoderWorld, *publications: FakePublication) -> DecodedBatch:
    return await world.decoder().decode(FakeArrival(publications))


def from_device(tenant_id: str, device_id: str) -> FakePublication:
    return publication(f"tenant/{tenant_id}/device/{device_id}/telemetry")


def kept(batch: DecodedBatch) -> Counter[tuple[str | None, Reason]]:
    return Counter((rejection.tenant_id, rejection.reason) for rejection in batch.rejections)


async def test_so_many_of_each_reason_are_kept_a_minute_and_all_are_counted(
    autojump_clock: trio.testing.MockClock,
) -> None:
    world = DecoderWorld(rejections=Rejections(per_minute=3))
    sent = [publication(ts="x")] * 10 + [publication(site_id="x")] * 2 + [publication()]
    batch = await decode(world, *sent)
    assert kept(batch) == {
        ("TENANT1", Reason.BAD_TIMESTAMP): 3,
        ("TENANT1", Reason.SITE_MISMATCH): 2,
    }
    assert dict(batch.capped) == {"TENANT1": 7}
    counts = join([batch], sequence=1, last_id=0).counts
    assert (counts.received, counts.stored, counts.rejected) == (13, 1, 12)
    assert world.rejections.refused == {Reason.BAD_TIMESTAMP: 10, Reason.SITE_MISMATCH: 2}
    assert world.rejections.not_kept == {Reason.BAD_TIMESTAMP: 7}
    await trio.sleep(60)
    assert len((await decode(world, *sent)).rejections) == 5


async def test_a_cap_is_each_tenants_own() -> None:
    world = DecoderWorld(rejections=Rejections(per_minute=3))
    world.devices.add("TENANT2", "DEV-001")
    sent = [from_device("TENANT1", f"NO-{n}") for n in range(9)]
    batch = await decode(world, *sent, from_device("TENANT2", "NO-1"))
    assert kept(batch) == {
        ("TENANT1", Reason.UNREGISTERED_DEVICE): 3,
        ("TENANT2", Reason.UNREGISTERED_DEVICE): 1,
    }


async def test_tenants_that_have_no_device_share_a_cap_and_belong_to_nobody() -> None:
    world = DecoderWorld(rejections=Rejections(per_minute=3))
    strangers = [from_device(f"INVENTED-{n}", "DEV-001") for n in range(9)]
    batch = await decode(world, *strangers, from_device("TENANT1", "NO-1"))
    assert kept(batch) == {
        (None, Reason.UNREGISTERED_DEVICE): 3,
        ("TENANT1", Reason.UNREGISTERED_DEVICE): 1,
    }
    assert dict(batch.capped) == {None: 6}
    assert batch.rejections[0].device_id is None
    assert batch.rejections[0].topic == "tenant/INVENTED-0/device/DEV-001/telemetry"


async def test_a_known_devices_rejection_is_its_tenants_whatever_the_reason() -> None:
    world = DecoderWorld()
    world.devices.add("TENANT1", "GONE", status=DeviceStatus.REVOKED)
    batch = await decode(world, from_device("TENANT1", "GONE"), FakePublication(b"{"))
    assert [(r.tenant_id, r.device_id) for r in batch.rejections] == [
        ("TENANT1", "GONE"),
        ("TENANT1", "DEV-001"),
    ]


async def test_a_topic_of_any_form_can_be_kept() -> None:
    topics = ["", "x", "tenant/T/device/D/t\0", "tenant/T/device/" + "d" * 60_000 + "/telemetry"]
    batch = await decode(DecoderWorld(), *[publication(topic) for topic in topics])
    assert [rejection.reason for rejection in batch.rejections] == [Reason.BAD_TOPIC] * 4
    assert [len(rejection.topic) for rejection in batch.rejections] == list(map(len, topics))
    assert "\0" not in "".join(rejection.topic for rejection in batch.rejections)


async def test_a_detail_never_quotes_the_token() -> None:
    batch = await decode(DecoderWorld(), publication(ts=TOKEN), publication(metrics={TOKEN: []}))
    assert [rejection.reason for rejection in batch.rejections] == [
        Reason.BAD_TIMESTAMP,
        Reason.METRIC_INVALID,
    ]
    assert TOKEN not in repr(batch.rejections)


async def test_a_token_under_a_misspelt_name_is_not_kept() -> None:
    sent = publication(provision_token=None, provisionToken=TOKEN)
    [rejection] = (await decode(DecoderWorld(), sent)).rejections
    assert rejection.reason == Reason.TOKEN_MISSING
    assert TOKEN.encode() not in rejection.payload
    assert b"provisionToken" in rejection.payload


async def test_a_payload_is_kept_no_longer_than_one_may_be() -> None:
    world = DecoderWorld(rejections=Rejections(max_payload_bytes=1_000))
    [rejection] = (await decode(world, publication(blob="x" * 70_000))).rejections
    assert rejection.reason == Reason.PAYLOAD_TOO_LARGE
    assert 900 < len(rejection.payload) <= 1_000
