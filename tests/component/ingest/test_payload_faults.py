"""The laws of payloads, whatever they are: a row or a reason, and never a token shown."""

from __future__ import annotations

import msgspec
import trio
from hypothesis import assume, given
from hypothesis import strategies as st

from pulse_router.domain.routes import RouteSet
from tests.support.ingest.decoding import decode, route
from tests.support.ingest.fakes import TOKEN, DecoderWorld, FakePublication

GOOD = msgspec.json.encode(
    {
        "ts": "2026-02-16T00:00:00Z",
        "site_id": "SITE-1",
        "tenant_id": "TENANT1",
        "provision_token": TOKEN,
        "metrics": {"temperature": 90.5, "ok": True, "state": "on", "none": None},
        "position": {"lat": 52.1, "tags": ["a", {"b": 1}]},
    }
)
# Outside of these, a change cannot turn the token into another one.
_TOKEN_BEGINS = GOOD.index(b'"provision_token"')
_TOKEN_ENDS = GOOD.index(TOKEN.encode()) + len(TOKEN) + 1
places = st.integers(0, _TOKEN_BEGINS) | st.integers(_TOKEN_ENDS, len(GOOD))
junk = st.binary(max_size=2) | st.sampled_from(
    [b'"', b"\\", b"\\u0000", b"{", b"}", b"[", b"]", b",", b":", b"1e999", b"null", b"\xff", b"\0"]
)


@given(st.lists(st.tuples(places, st.integers(0, 4), junk), min_size=1, max_size=3), st.booleans())
def test_a_good_payload_with_faults_is_a_row_or_a_reason_and_never_shows_its_token(
    faults: list[tuple[int, int, bytes]], cut: bool
) -> None:
    payload = GOOD
    for at, length, put in sorted(faults, reverse=True):
        end = min(at + length, _TOKEN_BEGINS) if at <= _TOKEN_BEGINS else at + length
        payload = payload[:at] + put + payload[end:]
    if cut:
        payload = payload[: faults[0][0]]
    assume(GOOD[_TOKEN_BEGINS:_TOKEN_ENDS] in payload or TOKEN.encode() not in payload)

    async def main() -> None:
        world = DecoderWorld()
        world.live.tenants.add("TENANT1")
        world.routes.current = RouteSet([route(1)])
        batch = await decode(world, FakePublication(payload))
        assert len(batch.messages) + len(batch.rejections) == 1
        kept = repr((batch.messages, batch.rejections, batch.deliveries, world.live.events))
        assert TOKEN not in kept

    trio.run(main)
