"""Stored messages across devices: which are wanted, and what routes were asked of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs
import msgspec

from pulse_router.domain.deliveries import DeadLetter, PendingDelivery
from pulse_router.domain.event_ids import first_id_at
from pulse_router.domain.telemetry import StoredMessage

_LEVELS: Final = 5
_decode: Final = msgspec.json.Decoder().decode
MAX_ID: Final = 2**63 - 1


@attrs.frozen(kw_only=True)
class MessageFilter:
    """Which messages are wanted; None stands for all, and what is given is ANDed.

    Attributes:
        device_id: Of which device.
        site_id: Of which site.
        msg_type: Of which type.
        metric: Which metric they must have.
        above: The id that they must be above: none before was given later.
        below: The id that they must be below.
    """

    device_id: str | None = None
    site_id: str | None = None
    msg_type: str | None = None
    metric: str | None = None
    above: int = -1
    below: int = MAX_ID

    def between(self, start: float | None, end: float | None) -> MessageFilter:
        """Want those whose ids were given from one time (included) to another, in Unix seconds."""
        return attrs.evolve(
            self,
            above=self.above if start is None else max(self.above, first_id_at(start) - 1),
            below=self.below if end is None else min(self.below, first_id_at(end)),
        )

    def on_topic(self, topic_filter: str, tenant_id: str) -> MessageFilter | None:
        """Want those whose topics a filter fits; None where it fits none of a tenant's.

        Args:
            topic_filter: A valid topic filter.
            tenant_id: The tenant.
        """
        levels = topic_filter.split("/")
        if levels[-1] == "#":
            if len(levels) > _LEVELS + 1:
                return None
            levels[-1:] = ["+"] * (_LEVELS - len(levels) + 1)
        if len(levels) != _LEVELS:
            return None
        wanted = ("tenant", tenant_id, "device", self.device_id, self.msg_type)
        if any(
            level != "+" and here not in (None, level)
            for level, here in zip(levels, wanted, strict=True)
        ):
            return None
        device_id, msg_type = levels[3:]
        return attrs.evolve(
            self,
            device_id=self.device_id if device_id == "+" else device_id,
            msg_type=self.msg_type if msg_type == "+" else msg_type,
        )


@attrs.frozen
class ToldMessage:
    """What routes are asked of a message.

    `is_exact` is false where the payload is made of what the table keeps of it.
    """

    topic: str
    payload: Mapping[str, Any]
    is_exact: bool = True


class NoPayload(Exception):
    """A message has no payload that routes could be asked of; says why."""


def read_payload(data: str | bytes) -> dict[str, Any]:
    """Read a payload that is kept as it came.

    Raises:
        NoPayload: It is no JSON object.
    """
    try:
        payload = _decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise NoPayload("its payload is not JSON") from None
    if not isinstance(payload, dict):
        raise NoPayload("its payload is no JSON object")
    return payload


def topic_of(tenant_id: str, message: StoredMessage) -> str:
    """Give the topic that a stored message came by."""
    return f"tenant/{tenant_id}/device/{message.device_id}/{message.msg_type}"


def payload_of(message: StoredMessage) -> dict[str, Any]:
    """Give the payload of a stored message, as far as the table tells.

    Of `ts` the table keeps the time and not how it was written; where a device has sent none, the
    time is that of arrival. `tenant_id` is not kept, and `site_id` is the registered one, whether
    it was sent or not.
    """
    payload: dict[str, Any] = {}
    if message.time != message.received_at:
        payload["ts"] = msgspec.to_builtins(message.time)
    if message.site_id is not None:
        payload["site_id"] = message.site_id
    if message.metrics is not None:
        payload["metrics"] = _decode(message.metrics)
    if message.extra is not None:
        payload |= _decode(message.extra)
    return payload


def told_by(deliveries: Iterable[PendingDelivery | DeadLetter]) -> ToldMessage | None:
    """Give a message as its routes were asked of it, as its deliveries keep it, if any does."""
    for delivery in deliveries:
        topic = delivery.topic if isinstance(delivery, PendingDelivery) else delivery.original_topic
        if delivery.payload is not None:
            return ToldMessage(topic, read_payload(delivery.payload))
    return None
