"""What is no message at all is told as what it is."""

from __future__ import annotations

import attrs
import pytest

from pulse_router.domain.messages import Reason
from pulse_router.ingest.payload import Refused, decode_payload
from tests.support.ingest.fakes import DecoderWorld, FakeArrival, publication


@pytest.mark.parametrize("retain", [True, False])
async def test_an_empty_payload_clears_a_retained_message_and_is_counted_only(retain: bool) -> None:
    world = DecoderWorld()
    empty = attrs.evolve(publication(), payload=b"", retain=retain)
    batch = await world.decoder().decode(FakeArrival([empty]))
    assert batch.rejections == []
    assert dict(batch.capped) == {"TENANT1": 1}
    assert dict(world.rejections.refused) == {Reason.EMPTY: 1}


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b'\xef\xbb\xbf{"metrics":{}}', "byte order mark"),
        ('{"metrics":{}}'.encode("utf-16"), "UTF-16"),
        (b'{"metrics":{}}\0', "ends with a NUL byte"),
        (b'\0{"metrics":{}}', "begins with a NUL byte"),
        (b'{"metrics":{"a":"\\ud83d"}}', "\\ud83d is half of a surrogate pair"),
        (b'{"metrics":{"a":"\\ud83dx\\ude00"}}', "\\ud83d is half of a surrogate pair"),
        (b'{"metrics":{"a":"\\uDE00"}}', "\\uDE00 is half of a surrogate pair"),
        (b'{"metrics":{"a":"\\\\ud83d"}', "not JSON: Input data was truncated"),
        (b'{"metrics":{"a":"\\ud83d\\ude00"}', "not JSON: Input data was truncated"),
    ],
)
def test_a_payload_that_is_no_json_is_told_as_what_it_is(payload: bytes, words: str) -> None:
    with pytest.raises(Refused) as refused:
        decode_payload(payload)
    assert refused.value.reason is Reason.BAD_JSON
    assert words in refused.value.detail
