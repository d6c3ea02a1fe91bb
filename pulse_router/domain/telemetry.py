"""Stored telemetry and stored refusals, as their tenant looks back on them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import attrs
import msgspec

from pulse_router.domain.messages import Reason

_CURSOR: Final = re.compile(r"(-?[0-9]{1,18})\.([0-9]{1,19})")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MAX_ID: Final = 2**63 - 1
_decode_object: Final = msgspec.json.Decoder(dict[str, Any]).decode

NOT_AS_SENT: Final = frozenset({"ts", "site_id", "tenant_id"})
"""Fields of a payload of which it is not stored whether, and in what form, the device sent them."""


@attrs.frozen
class StoredMessage:
    """A message as it was stored. `metrics` and `extra` are JSON text.

    On a page of many both may be left out; `payload_bytes` says there how long they are.
    """

    event_id: int
    time: datetime
    received_at: datetime
    device_id: str
    site_id: str | None
    msg_type: str
    metrics: str | None
    extra: str | None
    payload_bytes: int = 0


@attrs.frozen
class MessageRange:
    """Stored messages in the order of their arrival.

    Attributes:
        after: The id after which they begin.
        up_to: The id of the last.
        has_more: Whether there are older ones that were not wanted.
    """

    after: int
    up_to: int
    has_more: bool


def topic_of(tenant_id: str, message: StoredMessage) -> str:
    """Give the topic that a stored message came by."""
    return f"tenant/{tenant_id}/device/{message.device_id}/{message.msg_type}"


def payload_of(message: StoredMessage) -> dict[str, Any]:
    """Put a payload together again, as a filter saw it when the message came.

    Metrics and what the device added are what it sent. `ts` is the time that was read out of it, or
    that of arrival, and `site_id` the site that it was registered for, whether it named them or not
    (`NOT_AS_SENT`).

    Raises:
        MsgspecError: Somebody has written a row that no device can have sent.
        RecursionError: The same, nested too deep.
    """
    payload: dict[str, Any] = {"ts": msgspec.to_builtins(message.time)}
    if message.site_id is not None:
        payload["site_id"] = message.site_id
    if message.metrics is not None:
        payload["metrics"] = _decode_object(message.metrics)
    if message.extra is not None:
        payload.update(_decode_object(message.extra))
    return payload


@attrs.frozen
class HistoryCursor:
    """A place in a history: what is older than this message comes after it."""

    time: datetime
    event_id: int

    def __str__(self) -> str:
        """Write it as it stands in a URL."""
        return f"{(self.time - _EPOCH) // _MICROSECOND}.{self.event_id}"

    @classmethod
    def parse(cls, text: str) -> HistoryCursor:
        """Read what `str` has written.

        Raises:
            ValueError: It is no cursor.
        """
        found = _CURSOR.fullmatch(text)
        if found is None or int(found[2]) > _MAX_ID:
            raise ValueError("must be what `next` of an earlier page has given")
        try:
            time = _EPOCH + int(found[1]) * _MICROSECOND
        except OverflowError:
            raise ValueError("must be what `next` of an earlier page has given") from None
        return cls(time, int(found[2]))


@attrs.frozen(kw_only=True)
class HistoryQuery:
    """What is asked of a device's history.

    Attributes:
        start: The earliest `time`, included; None for the first.
        end: The latest `time`, not included; None for the last.
        before: Where the page begins; None for the newest message.
        limit: How many messages at the most.
        offset: How many messages to pass over.
    """

    start: datetime | None = None
    end: datetime | None = None
    before: HistoryCursor | None = None
    limit: int
    offset: int = 0


@attrs.frozen
class HistoryPage:
    """One page of a history, newest first.

    `total` counts the messages from `start` to `end`, wherever the page begins; it is not exact
    where there are more than were counted. `next` is None on the last page.
    """

    messages: Sequence[StoredMessage]
    total: int
    total_is_exact: bool
    next: HistoryCursor | None


@attrs.frozen(kw_only=True)
class RejectionFilter:
    """Which refused messages are wanted; None stands for all, and what is given is ANDed.

    `start` is the earliest time of arrival, included; `end` the latest, not included.
    """

    reason: Reason | None = None
    device_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None


@attrs.frozen
class RejectedMessage:
    """A refused message, and why.

    `payload` is all of it or its beginning, without the provision token, or None where a page has
    no room for it; `payload_bytes` how long it is.
    """

    id: int
    received_at: datetime
    device_id: str | None
    topic: str
    reason: str
    detail: str
    payload: bytes | None
    payload_bytes: int

    @property
    def is_cut(self) -> bool:
        """Whether there is more payload than this."""
        return self.payload_bytes > len(self.payload or b"")


@attrs.frozen
class MetricName:
    """A metric of a device.

    Attributes:
        name: What the device calls it.
        messages: How many of the messages that were looked at have it.
        numbers: In how many of these it is a number.
        last_at: The newest time that it was sent with.
    """

    name: str
    messages: int
    numbers: int
    last_at: datetime


@attrs.frozen
class Stretch:
    """What the numbers of a metric were in a stretch of time; the first is number 0."""

    number: int
    numbers: int
    least: float
    mean: float
    greatest: float


@attrs.frozen
class Stretches:
    """What the numbers of a metric have been.

    Attributes:
        stretches: Those with a number in them, in order.
        since: Where it begins, when not all messages were looked at; None when they were.
    """

    stretches: Sequence[Stretch]
    since: datetime | None
