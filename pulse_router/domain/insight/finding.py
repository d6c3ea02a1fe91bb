"""What somebody holds in hand: which kinds of things a text may name. Pure."""

from __future__ import annotations

import enum

import attrs

from pulse_router.domain.insight.messages import MAX_ID
from pulse_router.domain.topics import parse_device_topic


class Kind(enum.StrEnum):
    """What a thing is that was found."""

    MESSAGE = "message"
    DELIVERY = "delivery"
    DEAD_LETTER = "dead_letter"
    REJECTED_MESSAGE = "rejected_message"
    ROUTE = "route"
    DEVICE = "device"
    REQUEST = "request"


@attrs.frozen(kw_only=True)
class Thing:
    """Something that a text names.

    Attributes:
        kind: What it is.
        id: Its id: a number, a device's name, or a request's id.
        text: What it is, in a few words.
    """

    kind: Kind
    id: str
    text: str


def number_in(text: str) -> int | None:
    """Give the id that a text is, if it may be one."""
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(MAX_ID)):
        return None
    number = int(text)
    return number if 0 < number <= MAX_ID else None


def device_in(text: str, tenant_id: str) -> str:
    """Give the device that a text names: by itself, or within a topic of a tenant's."""
    topic = parse_device_topic(text)
    return text if topic is None or topic.tenant_id != tenant_id else topic.device_id
