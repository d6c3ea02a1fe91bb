"""What the names in a template stand for: the message at hand, and its route.

It knows nothing of the language.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

import attrs
import msgspec

from pulse_router.domain.deliveries import Delivery
from pulse_router.domain.templates.limits import Allowance, CannotRender
from pulse_router.domain.topics import parse_device_topic

RESERVED: Final = frozenset({"event", "since", "at", "values", "aggregates", "suppressed"})
"""They belong to conditions, which there are none of yet: nothing else may come to stand there."""
SECRETS: Final = "secrets"
PAYLOAD: Final = "payload"
SITE: Final = "site_id"

_decode: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder().encode


class Scope:
    """The message at hand, as expressions see it.

    Args:
        payload: The decoded payload.
        facts: What is known beside it, by name.
        secrets: The route's template secrets.
    """

    __slots__ = ("allowance", "facts", "metrics", "payload", "secrets")

    def __init__(
        self,
        payload: Mapping[str, Any],
        facts: Mapping[str, Any],
        secrets: Mapping[str, str],
    ) -> None:
        self.payload = payload
        self.facts = facts
        self.secrets = secrets
        self.allowance = Allowance()
        metrics = payload.get("metrics")
        self.metrics: Mapping[str, Any] = metrics if type(metrics) is dict else {}


Expression: TypeAlias = Callable[[Scope], Any]
SiteOf: TypeAlias = Callable[[str, str], Awaitable[str | None]]
"""Looks up the registered site of a device, by tenant and device id."""


@attrs.frozen
class Sender:
    """The route that a body is made for, as its template may name it."""

    id: int
    name: str


@attrs.frozen
class Subject:
    """A delivery to make a body of, and the site of its device, where that matters."""

    delivery: Delivery
    site_id: str | None = None


def _msg_type(subject: Subject, _sender: Sender) -> str | None:
    parts = parse_device_topic(subject.delivery.topic)
    return None if parts is None else parts.msg_type


_FACTS: Final[Mapping[str, Callable[[Subject, Sender], Any]]] = {
    "route": lambda _, sender: {"id": sender.id, "name": sender.name},
    "tenant_id": lambda subject, _: subject.delivery.tenant_id,
    "device_id": lambda subject, _: subject.delivery.device_id,
    SITE: lambda subject, _: subject.site_id,
    "msg_type": _msg_type,
    "topic": lambda subject, _: subject.delivery.topic,
    "time": lambda subject, _: time_text(subject.delivery.event_time),
    "delivery_id": lambda subject, _: subject.delivery.message_id,
}
FACTS: Final = frozenset(_FACTS)
_NOBODY: Final = Sender(0, "")


def scope_of(
    subject: Subject, sender: Sender, names: frozenset[str], secrets: Mapping[str, str]
) -> Scope:
    """Lay out a message for a template.

    Args:
        subject: The message.
        sender: The route.
        names: What the template names, of `FACTS`.
        secrets: The template secrets, or masks in their place.

    Raises:
        CannotRender: The stored payload cannot be read.
    """
    try:
        payload = _decode(subject.delivery.payload)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        payload = None
    if type(payload) is not dict:
        raise CannotRender("the stored payload is no JSON object that can be read")
    facts = {name: _FACTS[name](subject, sender) for name in names}
    return Scope(payload, facts, secrets)


def fill_facts(
    names: Iterable[str], delivery: Delivery, site_id: str | None
) -> Mapping[str, str | None]:
    """Look up ids of a message: of tenant, device, message type or site."""
    subject = Subject(delivery, site_id)
    return {name: _FACTS[name](subject, _NOBODY) for name in names}


def named_site(delivery: Delivery) -> str | None:
    """Give the site that a message names itself, if it does."""
    try:
        return msgspec.json.decode(delivery.payload, type=_Site).site_id
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None


class _Site(msgspec.Struct):
    site_id: str | None = None


def time_text(time: datetime) -> str:
    """Write a time in UTC as RFC 3339, without a fraction when it is zero."""
    return _encode(time).decode()[1:-1]
