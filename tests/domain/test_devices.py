"""The laws of rotation: the new token holds, an old one until its time and no longer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.devices import MAX_PREVIOUS_TOKENS, hash_provision_token, rotate_away
from pulse_router.domain.messages import Device, DeviceStatus, PreviousToken

BEGIN = datetime(2026, 2, 16, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TOKENS = [hash_provision_token(f"token-{number}") for number in range(5)]


def rotated(device: Device, new_hash: bytes, now: datetime, overlap: timedelta) -> Device:
    previous = rotate_away(
        device.token_hash,
        device.previous_tokens,
        new_hash=new_hash,
        now=now,
        until=now + overlap,
    )
    return device._replace(token_hash=new_hash, previous_tokens=tuple(previous))


class Promises:
    """What was promised for each token, and how many may be kept at once."""

    def __init__(self) -> None:
        self.until: dict[bytes, datetime] = {}

    def rotate(self, old: bytes, new: bytes, now: datetime, overlap: timedelta) -> None:
        self.until = {token: until for token, until in self.until.items() if until > now}
        self.until.pop(old, None)
        if overlap:
            self.until = dict([(old, now + overlap), *self.until.items()])
        else:
            self.until.clear()
        self.until.pop(new, None)
        self.until = dict(list(self.until.items())[:MAX_PREVIOUS_TOKENS])

    def accepted(self, current: bytes, at: datetime) -> set[bytes]:
        return {current} | {token for token, until in self.until.items() if at < until}


rotations = st.tuples(st.sampled_from(TOKENS), st.integers(0, 5), st.integers(0, 5))


@given(st.lists(rotations, max_size=8), st.integers(0, 30))
def test_what_is_accepted_is_what_was_promised(
    steps: Sequence[tuple[bytes, int, int]], later: int
) -> None:
    device = Device(None, TOKENS[0], DeviceStatus.ACTIVE)
    promises = Promises()
    now = BEGIN
    for new, waited, overlap in steps:
        now += waited * HOUR
        assert device.token_hash is not None
        promises.rotate(device.token_hash, new, now, overlap * HOUR)
        device = rotated(device, new, now, overlap * HOUR)
        assert len(device.previous_tokens) <= MAX_PREVIOUS_TOKENS
        for at in (now, now + later * HOUR):
            accepted = {token for token in TOKENS if device.accepts(token, at)}
            assert accepted == promises.accepted(new, at)
    assert all(device.knows(token) for token in TOKENS if device.accepts(token, now))


def test_a_token_that_is_rotated_again_before_the_device_knows_it_locks_nobody_out() -> None:
    """The answer to the first rotation was lost, so it is asked for once more."""
    device = rotated(Device(None, TOKENS[0], DeviceStatus.ACTIVE), TOKENS[1], BEGIN, 24 * HOUR)
    device = rotated(device, TOKENS[2], BEGIN + HOUR, 24 * HOUR)

    assert device.accepts(TOKENS[0], BEGIN + 2 * HOUR)
    assert device.previous_tokens == (
        PreviousToken(TOKENS[1], BEGIN + 25 * HOUR),
        PreviousToken(TOKENS[0], BEGIN + 24 * HOUR),
    )


def test_a_device_without_a_token_accepts_none() -> None:
    device = Device(None, None, DeviceStatus.ACTIVE)
    assert not any(device.accepts(token, BEGIN) for token in (*TOKENS, b""))
    assert rotate_away(None, (), new_hash=TOKENS[0], now=BEGIN, until=BEGIN + HOUR) == []
