"""The destination `mqtt_republish`: a message goes to another topic of the broker.

It makes single attempts: when to try again, and what is stored, is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Protocol

import attrs
import mqtt5
import msgspec
import trio

from pulse_router.domain.config_fields import DestinationError, FieldReader
from pulse_router.domain.deliveries import Delivery, Outcome, ShownRequest, Verdict
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.republish import (
    HOPS_PROPERTY,
    Fence,
    RepublishConfig,
    TopicError,
    read_republish,
)
from pulse_router.domain.routes import Route
from pulse_router.domain.templates.limits import CannotRender
from pulse_router.domain.templates.scope import SITE, Sender, SiteOf, Subject
from pulse_router.domain.topics import parse_device_topic
from pulse_router.domain.tracing import told_onwards
from pulse_router.mqtt.events import Confirmed
from pulse_router.mqtt.frames import FIRST_FAILURE
from pulse_router.mqtt.outgoing import OutgoingMessage, Unpublishable

DELIVERY_PROPERTY: Final = "pulse-delivery-id"
_HOPS: Final = "1"
"""What has hopped before is not ingested, so that each hop is the first."""
_MAX_PREPARED: Final = 4096
_MAX_DETAIL: Final = 200

_Code: Final = mqtt5.PubAckReasonCode
_REFUSALS: Final[Mapping[int, tuple[Verdict, str]]] = {
    int(_Code.NOT_AUTHORIZED): (
        Verdict.DEAD,
        "not authorized; let the broker's access list allow the router to write there",
    ),
    int(_Code.TOPIC_NAME_INVALID): (Verdict.DEAD, "it does not take the topic"),
    int(_Code.PAYLOAD_FORMAT_INVALID): (Verdict.DEAD, "it does not take the payload"),
    int(_Code.QUOTA_EXCEEDED): (Verdict.RETRY, "a quota is exceeded"),
    int(mqtt5.DisconnectReasonCode.MALFORMED_PACKET): (Verdict.DEAD, "it cannot read the message"),
    int(mqtt5.DisconnectReasonCode.PACKET_TOO_LARGE): (
        Verdict.DEAD,
        "the message is too large for it; raise its largest message",
    ),
    int(mqtt5.DisconnectReasonCode.RETAIN_NOT_SUPPORTED): (
        Verdict.DEAD,
        "it retains no messages; set the route's retain to false",
    ),
    int(mqtt5.DisconnectReasonCode.QOS_NOT_SUPPORTED): (
        Verdict.DEAD,
        "it does not take the QoS; set a lower one in the route",
    ),
}


class Publishing(Protocol):
    """Who publishes."""

    async def publish(self, message: OutgoingMessage, *, timeout_seconds: float) -> Confirmed:
        """Publish a message, and wait until the broker has taken it over.

        Args:
            message: What to publish.
            timeout_seconds: How long to wait.

        Returns:
            The broker's answer: it has taken the message over or refused it.

        Raises:
            Unpublishable: The broker has said that it does not take such a message.
            Unavailable: It is not known to be taken over.
        """
        ...


class _Site(msgspec.Struct):
    site_id: str | None = None


@attrs.frozen(eq=False)
class _Prepared:
    """What a route says, read once."""

    route: Route
    config: RepublishConfig
    fence: Fence


class Republisher:
    """Makes attempts at topics of the broker.

    Args:
        publisher: Who publishes.
        allowed_prefixes: Where routes may publish, beside their tenant's own topics.
        timeout_seconds: How long an attempt may take.
        site_of: Looks up the registered site of a device, by tenant and device id, for messages
            that do not name it; raises `Unavailable`.
    """

    def __init__(
        self,
        publisher: Publishing,
        *,
        allowed_prefixes: Sequence[str],
        timeout_seconds: float,
        site_of: SiteOf,
    ) -> None:
        self._publisher = publisher
        self._allowed_prefixes = allowed_prefixes
        self._timeout_seconds = timeout_seconds
        self._site_of = site_of
        self._prepared: dict[int, _Prepared] = {}

    async def deliver(self, delivery: Delivery, route: Route, *, attempt: int) -> Outcome:  # noqa: ARG002 - the port's signature
        """Make one attempt; failures are outcomes, never exceptions.

        Args:
            delivery: What to deliver; its id is the same at every attempt.
            route: The route as it is now.
            attempt: The number of this attempt, from 1.
        """
        started_at = trio.current_time()
        try:
            outcome = await self._attempt(delivery, route)
        except DestinationError as error:
            outcome = _dead(f"the route's destination is not valid: {error}")
        except (TopicError, Unpublishable) as error:
            outcome = _dead(str(error))
        except CannotRender as error:
            outcome = _dead(f"the payload cannot be made: {error}")
        except Unavailable as error:
            outcome = Outcome(Verdict.RETRY, error=str(error))
        return attrs.evolve(outcome, duration_seconds=trio.current_time() - started_at)

    async def show(self, delivery: Delivery, route: Route) -> ShownRequest:
        """See delivery's port."""
        try:
            message = await self._message(delivery, route)
        except TopicError as error:
            raise CannotRender(str(error)) from error
        return ShownRequest(
            "PUBLISH",
            message.topic,
            dict(message.user_properties),
            message.payload.decode("utf-8", "replace"),
            message.qos,
            message.retain,
        )

    async def _attempt(self, delivery: Delivery, route: Route) -> Outcome:
        message = await self._message(delivery, route)
        return _judge(await self._publisher.publish(message, timeout_seconds=self._timeout_seconds))

    async def _message(self, delivery: Delivery, route: Route) -> OutgoingMessage:
        prepared = self._prepare(route)
        config, fence = prepared.config, prepared.fence
        body = config.body.template
        names = set(config.template.names) | ({SITE} if body and body.needs_site else set())
        values = await self._values(delivery, names)
        topic = config.template.render(values)
        # The template lies inside of the fence; what devices have said must not lead out of it.
        if not fence.encloses(topic):
            raise TopicError(f"the topic {fence.sentence}")
        if body is None:
            payload = delivery.payload.encode()
        else:
            subject = Subject(delivery, values.get(SITE) or None)
            payload = body.render(subject, Sender(route.id, route.name), {})
        return OutgoingMessage(
            topic,
            payload,
            config.qos,
            config.retain,
            (
                (HOPS_PROPERTY, _HOPS),
                (DELIVERY_PROPERTY, delivery.message_id),
                *told_onwards(delivery),
            ),
            config.body.content_type,
        )

    async def _values(self, delivery: Delivery, names: Collection[str]) -> Mapping[str, str]:
        parts = parse_device_topic(delivery.topic)
        values = {
            "tenant_id": delivery.tenant_id,
            "device_id": delivery.device_id,
            "msg_type": "" if parts is None else parts.msg_type,
        }
        if SITE in names:
            site_id = _named_site(delivery)
            if not site_id:
                site_id = await self._site_of(delivery.tenant_id, delivery.device_id)
            values[SITE] = site_id or ""
        return values

    def _prepare(self, route: Route) -> _Prepared:
        """Read a route; the operator may have moved the fence since it was saved."""
        known = self._prepared.get(route.id)
        if known is not None and known.route is route:
            return known
        fence = Fence(route.tenant_id, self._allowed_prefixes)
        reader = FieldReader(route.destination_config)
        config = read_republish(reader, fence)
        if config is None or reader.problems:
            raise DestinationError(reader.problems)
        if len(self._prepared) >= _MAX_PREPARED:
            self._prepared.clear()
        prepared = self._prepared[route.id] = _Prepared(route, config, fence)
        return prepared


def _named_site(delivery: Delivery) -> str | None:
    try:
        return msgspec.json.decode(delivery.payload, type=_Site).site_id
    except msgspec.MsgspecError as error:
        raise TopicError("the message has a site_id that is no string") from error


def _judge(confirmed: Confirmed) -> Outcome:
    code = confirmed.code
    if code < FIRST_FAILURE:
        return Outcome(Verdict.DELIVERED)
    verdict, words = _REFUSALS.get(code, (Verdict.RETRY, "it does not say why"))
    said = f", {confirmed.detail[:_MAX_DETAIL]!r}" if confirmed.detail else ""
    return Outcome(
        verdict, error=f"the MQTT broker refuses it: {words} (reason code 0x{code:02x}{said})"
    )


def _dead(error: str) -> Outcome:
    return Outcome(Verdict.DEAD, error=error)
