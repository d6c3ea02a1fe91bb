"""The requests of a webhook: body and headers by section 3 of the contract.

What does not change from delivery to delivery is computed once. It does no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from pulse_router import __version__
from pulse_router.domain.deliveries import Delivery
from pulse_router.domain.destinations import MASK, DestinationError
from pulse_router.domain.routes import Route
from pulse_router.domain.signatures import active_keys, signature_headers
from pulse_router.domain.topics import parse_device_topic
from pulse_router.domain.webhook_config import WebhookConfig
from pulse_router.runtime.times import in_utc

USER_AGENT: Final = f"pulse-router/{__version__}"
_CONTENT_TYPES: Final = {
    "raw": "application/json",
    "cloudevents": "application/cloudevents+json",
}
_BATCH_TYPE: Final = "application/cloudevents-batch+json"
_SHORTEST_SECRET: Final = 4
_encode: Final = msgspec.json.Encoder().encode
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_VALUE: Final = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]*")
_TARGET: Final = re.compile(r"[^\x00-\x20\x7f\ud800-\udfff]+")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x20\x7f-\x9f\ud800-\udfff]+")


class PreparedWebhook:
    """A route's webhook, ready to make requests.

    Args:
        config: The validated configuration.
        route: The route that it belongs to.
    """

    def __init__(self, config: WebhookConfig, route: Route) -> None:
        self.config = config
        headers = {
            "Host": config.url.authority,
            "Accept": "*/*",
            "User-Agent": USER_AGENT,
            "Content-Type": _BATCH_TYPE if config.batch else _CONTENT_TYPES[config.format],
            **config.headers,
        }
        if not _TARGET.fullmatch(config.url.target) or not all(
            _NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers.items()
        ):
            raise DestinationError([("", "the route's headers make no valid HTTP request")])
        lines = [f"{config.method} {config.url.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._head = "".join(f"{line}\r\n" for line in lines).encode() + b"Content-Length: "
        self._hidden = _find_hidden(config, route)

    def request(self, delivery: Delivery, *, attempt: int, unix_seconds: int) -> bytes:
        """Make the request of one attempt.

        Args:
            delivery: What to deliver.
            attempt: The number of this attempt, from 1.
            unix_seconds: The time of this attempt.
        """
        raw = delivery.payload.encode()
        body = raw if self.config.format == "raw" else _encode(_cloudevent(delivery))
        topic = _CONTROL.sub(" ", delivery.topic)
        more = f"X-Pulse-Topic: {topic}\r\nX-Pulse-Attempt: {attempt}\r\n"
        return self._signed(body, more, message_id=delivery.message_id, unix_seconds=unix_seconds)

    def batch_request(
        self, deliveries: Sequence[Delivery], *, message_id: str, unix_seconds: int
    ) -> bytes:
        """Make the request of one attempt with several deliveries: a CloudEvents batch.

        Args:
            deliveries: What to deliver; the id of each is its event's.
            message_id: The request's own `webhook-id`, new at every attempt.
            unix_seconds: The time of this attempt.
        """
        body = _encode([_cloudevent(delivery) for delivery in deliveries])
        return self._signed(body, "", message_id=message_id, unix_seconds=unix_seconds)

    def _signed(self, body: bytes, more: str, *, message_id: str, unix_seconds: int) -> bytes:
        keys = active_keys(self.config.keys, unix_seconds)
        signed = signature_headers(body, keys, message_id=message_id, unix_seconds=unix_seconds)
        lines = "".join([f"{name}: {value}\r\n" for name, value in signed.items()])
        return b"".join((self._head, f"{len(body)}\r\n{more}{lines}\r\n".encode(), body))

    def scrub(self, text: str) -> str:
        """Make what a server said fit for an error: one line, without what must stay hidden.

        Args:
            text: The beginning of it, which may end in the middle of a secret.
        """
        for hidden in self._hidden:
            text = _hide_cut(text.replace(hidden, MASK), hidden)
        return _UNPRINTABLE.sub(" ", text).strip()


def _find_hidden(config: WebhookConfig, route: Route) -> list[str]:
    """List what an endpoint may echo and nobody may read: secrets, headers, the query."""
    found = {*(secret.value for secret in route.secrets), *config.headers.values()}
    for value in config.headers.values():
        found.update(value.split())
    _, _, query = config.url.target.partition("?")
    found.add(query)
    found.update(part.partition("=")[2] for part in query.split("&"))
    return sorted((text for text in found if len(text) >= _SHORTEST_SECRET), key=len, reverse=True)


def _hide_cut(text: str, hidden: str) -> str:
    """Mask the beginning of what must stay hidden, where the text ends in the middle of it."""
    whole = text.rstrip("\ufffd")  # half a character
    start = max(0, len(whole) - len(hidden))
    while (start := whole.find(hidden[:_SHORTEST_SECRET], start)) >= 0:
        if hidden.startswith(whole[start:]):
            return whole[:start] + MASK
        start += 1
    return text


class _CloudEvent(msgspec.Struct, kw_only=True):
    """An event by CloudEvents 1.0, section 3; the data stays as it is, byte for byte."""

    specversion: str = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str = "application/json"
    data: msgspec.Raw


def _cloudevent(delivery: Delivery) -> _CloudEvent:
    parts = parse_device_topic(delivery.topic)
    return _CloudEvent(
        id=delivery.message_id,
        source=f"/tenant/{delivery.tenant_id}/device/{delivery.device_id}",
        type=parts.msg_type if parts is not None else "message",
        subject=delivery.topic,
        time=in_utc(delivery.event_time),
        data=msgspec.Raw(delivery.payload.encode()),
    )
