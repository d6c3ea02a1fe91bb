"""Numbers that devices count their messages with: what is missing between two of them.

Pure: it does not know where the numbers stand in a payload, nor what was stored before.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

import attrs

SequenceKey: TypeAlias = tuple[str, str, str]
"""(tenant_id, device_id, msg_type): what is counted by itself."""
MAX_NUMBER: Final = 2**53
"""Beyond, not every reader of JSON tells two neighbours apart."""


class Step(enum.Enum):
    """What a number says of the messages before it."""

    FIRST = "first"
    NEXT = "next"
    GAP = "gap"
    REPEAT = "repeat"
    RESTART = "restart"


def judge(last: int | None, got: int) -> Step:
    """Judge a number by the last one of the same device and message type, if any is known."""
    if last is None:
        return Step.FIRST
    if got == last:
        return Step.REPEAT
    if got < last:
        return Step.RESTART
    return Step.NEXT if got == last + 1 else Step.GAP


class NewGap(NamedTuple):
    """Numbers that are missing, in the order of the `device_gaps` columns.

    `event_id` is the message that `got` came with.
    """

    at: datetime
    tenant_id: str
    device_id: str
    msg_type: str
    event_id: int
    expected: int
    got: int
    missing: int


class LastNumber(NamedTuple):
    """The last number of a device and message type, in the order of `device_sequences`."""

    tenant_id: str
    device_id: str
    msg_type: str
    last: int
    event_id: int


@attrs.frozen
class DeviceGap:
    """A gap as it was stored."""

    id: int
    at: datetime
    device_id: str
    msg_type: str
    event_id: int
    expected: int
    got: int
    missing: int
