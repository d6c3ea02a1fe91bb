"""The bodies of a webhook, by the format of its route; templates are rendered at each attempt.

It knows nothing of headers, and does no I/O.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from pulse_router.domain.deliveries import Delivery
from pulse_router.domain.destinations import MASK
from pulse_router.domain.routes import Route
from pulse_router.domain.templates.scope import Sender, Subject
from pulse_router.domain.topics import parse_device_topic
from pulse_router.domain.tracing import told_onwards
from pulse_router.domain.webhook_config import WebhookConfig
from pulse_router.runtime.times import in_utc

_CONTENT_TYPES: Final = {
    "raw": "application/json",
    "cloudevents": "application/cloudevents+json",
}
_BATCH_TYPE: Final = "application/cloudevents-batch+json"
_encode: Final = msgspec.json.Encoder().encode


class Bodies:
    """Makes the bodies of one route.

    Args:
        config: Its webhook.
        route: The route.

    Attributes:
        content_type: What they are.
        has_template: Whether a template makes them.
        needs_site: Whether the site of the device appears in them.
    """

    def __init__(self, config: WebhookConfig, route: Route) -> None:
        self._is_raw = config.body.format == "raw"
        self._template = config.body.template
        self._sender = Sender(route.id, route.name)
        self._secrets = config.template_secrets
        self._masks = dict.fromkeys(config.template_secrets, MASK)
        self.has_template = self._template is not None
        self.needs_site = self._template is not None and self._template.needs_site
        if self._template is not None:
            self.content_type = config.body.content_type or _CONTENT_TYPES["raw"]
        else:
            self.content_type = _BATCH_TYPE if config.batch else _CONTENT_TYPES[config.body.format]

    def one(self, delivery: Delivery, site_id: str | None, *, masked: bool = False) -> bytes:
        """Make the body of one delivery.

        Args:
            delivery: What to deliver.
            site_id: Where its device is, if that matters.
            masked: Whether masks stand in the place of the template's secrets, to be shown.

        Raises:
            CannotRender: The template cannot make one.
        """
        if self._template is not None:
            secrets = self._masks if masked else self._secrets
            return self._template.render(Subject(delivery, site_id), self._sender, secrets)
        return delivery.payload.encode() if self._is_raw else _encode(_cloudevent(delivery))

    def in_batch(self, delivery: Delivery, site_id: str | None) -> bytes:
        """Make the body of a delivery of a batch: without a template, a CloudEvent; see `one`."""
        if self._template is None:
            return _encode(_cloudevent(delivery))
        return self.one(delivery, site_id)


def join_batch(bodies: Sequence[bytes]) -> bytes:
    """Make the body of a batch: a JSON array."""
    return b"[" + b",".join(bodies) + b"]"


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
    traceparent: str | UnsetType = UNSET
    tracestate: str | UnsetType = UNSET


def _cloudevent(delivery: Delivery) -> _CloudEvent:
    parts = parse_device_topic(delivery.topic)
    event = _CloudEvent(
        id=delivery.message_id,
        source=f"/tenant/{delivery.tenant_id}/device/{delivery.device_id}",
        type=parts.msg_type if parts is not None else "message",
        subject=delivery.topic,
        time=in_utc(delivery.event_time),
        data=msgspec.Raw(delivery.payload.encode()),
    )
    if delivery.trace is not None:  # the extension "Distributed Tracing"
        for name, value in told_onwards(delivery):
            setattr(event, name, value)
    return event
