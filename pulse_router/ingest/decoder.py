"""Turns publications into messages, rejections and deliveries, in order of arrival.

Everything but the look-up of devices it has not met is computed without waiting. It knows
nothing of how messages arrive or are stored.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Final

import attrs
import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.domain.event_ids import EventIds
from pulse_router.domain.messages import (
    Device,
    DeviceKey,
    DeviceStatus,
    Message,
    NewDelivery,
    Reason,
    Rejection,
    TelemetryEvent,
    Written,
)
from pulse_router.domain.routes import DestinationType, MatchableRoute
from pulse_router.domain.topics import DeviceTopic, parse_device_topic
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.payload import (
    DevicePayload,
    Extra,
    Refused,
    check_metrics,
    decode_payload,
    encode,
    parse_time,
    scrub,
)
from pulse_router.ingest.ports import Arrival, LiveFeed, Publication, RouteSource
from pulse_router.ingest.redelivery import RedeliveryWindow, digest
from pulse_router.ingest.registry import DeviceRegistry
from pulse_router.runtime.patience import outlast

STREAMED_TYPE: Final = "telemetry"
MAX_CACHED_TOPICS: Final = 65_536
_CHUNK: Final = 256
"""How many messages are decoded between two checkpoints: a few milliseconds of work."""


@attrs.frozen
class Limits:
    """What a message may be."""

    max_payload_bytes: int = 65_536
    max_metrics: int = 200
    require_token: bool = True


class Decoder:
    """The stage between the MQTT client and the writer.

    Args:
        limits: What a message may be.
        registry: The registered devices.
        routes: The routes in effect.
        live: Where accepted telemetry is shown.
        ids: Gives the ids of events and deliveries.
        window: Recognises what the broker sends again.
        report: Told why decoding is held up, and None when it goes on.
    """

    def __init__(
        self,
        *,
        limits: Limits,
        registry: DeviceRegistry,
        routes: RouteSource,
        live: LiveFeed,
        ids: EventIds,
        window: RedeliveryWindow,
        report: Callable[[str | None], None],
    ) -> None:
        self._limits = limits
        self._registry = registry
        self._routes = routes
        self._live = live
        self._ids = ids
        self._window = window
        self._report = report
        self._topics: dict[str, DeviceTopic] = {}

    async def run(
        self,
        arrivals: trio.MemoryReceiveChannel[Arrival],
        decoded: trio.MemorySendChannel[DecodedBatch],
    ) -> None:
        """Decode arrivals until their channel closes; then close the next one."""
        with arrivals, decoded:
            async for arrival in arrivals:
                await decoded.send(await self.decode(arrival))

    async def decode(self, arrival: Arrival) -> DecodedBatch:
        """Decode one arrival, message by message."""
        if arrival.new_session:
            self._window.clear()
        batch = DecodedBatch(arrival, received=len(arrival.publications))
        received_at = datetime.fromtimestamp(arrival.received_at, UTC)
        publications = arrival.publications
        for start in range(0, len(publications), _CHUNK):
            chunk = publications[start : start + _CHUNK]
            looked_up = await self._look_up_devices(chunk)
            self._decode_chunk(batch, chunk, received_at, looked_up)
            await trio.lowlevel.checkpoint()
        return batch

    async def _look_up_devices(
        self, publications: Sequence[Publication]
    ) -> Mapping[DeviceKey, Device]:
        """Ask the database for the devices of a chunk that are not in memory, by one query.

        Devices may be forgotten while it is asked: those that were in memory are asked for then.
        """
        found: dict[DeviceKey, Device] = {}
        asked: set[DeviceKey] = set()
        while unknown := self._unknown(publications) - asked:
            load = partial(self._registry.load, unknown)
            found.update(await outlast(Unavailable, load, report=self._report))
            asked |= unknown
        return found

    def _unknown(self, publications: Sequence[Publication]) -> set[DeviceKey]:
        return {
            (parts.tenant_id, parts.device_id)
            for publication in publications
            if (parts := self._parse_topic(publication.topic)) is not None
            and self._registry.get((parts.tenant_id, parts.device_id)) is None
        }

    def _decode_chunk(
        self,
        batch: DecodedBatch,
        publications: Sequence[Publication],
        received_at: datetime,
        looked_up: Mapping[DeviceKey, Device],
    ) -> None:
        events: list[TelemetryEvent] = []
        event_ids = self._ids.take(len(publications), received_at.timestamp())
        for event_id, publication in zip(event_ids, publications, strict=True):
            if self._is_redelivered(batch, publication):
                parts = self._parse_topic(publication.topic)
                batch.duplicates[None if parts is None else parts.tenant_id] += 1
                continue
            try:
                self._accept(batch, publication, event_id, received_at, looked_up, events)
            except Refused as refused:
                batch.rejections.append(self._reject(publication, refused, received_at))
        if events:
            self._live.publish(events)

    def _is_redelivered(self, batch: DecodedBatch, publication: Publication) -> bool:
        packet_id = publication.packet_id
        if packet_id is None:
            return False
        message_digest = digest(publication.topic, publication.payload)
        if publication.duplicate and (packet_id, message_digest) in self._window:
            return True
        self._window.add(packet_id, message_digest)
        batch.packet_ids.append(packet_id)
        batch.digests.append(message_digest)
        return False

    def _accept(
        self,
        batch: DecodedBatch,
        publication: Publication,
        event_id: int,
        received_at: datetime,
        looked_up: Mapping[DeviceKey, Device],
        events: list[TelemetryEvent],
    ) -> None:
        """Check one message, and add it, its matches and its event.

        Raises:
            Refused: It breaks a rule; nothing was added.
        """
        topic = publication.topic
        parts = self._parse_topic(topic)
        if parts is None:
            raise Refused(Reason.BAD_TOPIC, "not of the form tenant/{id}/device/{id}/{type}")
        tenant_id, device_id, msg_type = parts
        payload = publication.payload
        if len(payload) > self._limits.max_payload_bytes:
            raise Refused(
                Reason.PAYLOAD_TOO_LARGE,
                f"{len(payload)} bytes, but at most {self._limits.max_payload_bytes} may be sent",
            )
        named, extra = decode_payload(payload)
        token = named.take_token()
        if named.tenant_id and named.tenant_id != tenant_id:
            raise Refused(Reason.TENANT_MISMATCH, f"tenant_id must be {tenant_id}, as in the topic")
        key = (tenant_id, device_id)
        device = self._registry.get(key) or looked_up.get(key)
        self._check_device(device, token, named)
        if msg_type == STREAMED_TYPE or isinstance(named.metrics, dict):
            check_metrics(named.metrics, self._limits.max_metrics)
        message = Message(
            event_id,
            parse_time(named.ts, received_at),
            received_at,
            tenant_id,
            device_id,
            device.site_id if device is not None else None,
            msg_type,
            encode(named.metrics).decode() if isinstance(named.metrics, dict) else None,
            encode(extra).decode() if extra else None,
        )
        batch.messages.append(message)
        candidates = self._routes.current.candidates(tenant_id, topic)
        if candidates:
            self._match(batch, candidates, message, topic, named, extra)
        if msg_type == STREAMED_TYPE and self._live.wants(tenant_id):
            events.append(_as_event(message, topic, named))

    def _check_device(self, device: Device | None, token: str | None, named: DevicePayload) -> None:
        if device is None:
            raise Refused(Reason.UNREGISTERED_DEVICE, "the device is not registered")
        if device.status is not DeviceStatus.ACTIVE:
            raise Refused(Reason.DEVICE_REVOKED, "the device was revoked")
        if self._limits.require_token:
            if token is None:
                raise Refused(Reason.TOKEN_MISSING, "provision_token is missing")
            expected = device.token_hash
            if expected is None or not hmac.compare_digest(
                sha256(token.encode()).digest(), expected
            ):
                raise Refused(Reason.TOKEN_INVALID, "provision_token is not the device's")
        if named.site_id and named.site_id != device.site_id:
            raise Refused(Reason.SITE_MISMATCH, "site_id is not the device's registered site")

    def _match(
        self,
        batch: DecodedBatch,
        candidates: Sequence[MatchableRoute],
        message: Message,
        topic: str,
        named: DevicePayload,
        extra: Extra,
    ) -> None:
        """Add a delivery for each route that the message passes."""
        view = named.as_mapping(extra)
        matching = [route for route in candidates if route.accepts is None or route.accepts(view)]
        if not matching:
            return
        batch.matched += len(matching)
        queued = [r for r in matching if r.destination_type is not DestinationType.POSTGRESQL]
        written = Written(message.tenant_id, message.event_id)
        batch.written += [written] * (len(matching) - len(queued))
        body = encode(view if extra else named).decode()
        delivery_ids = self._ids.take(len(queued), message.received_at.timestamp())
        batch.deliveries += [
            NewDelivery(
                delivery_id,
                message.tenant_id,
                route.id,
                message.device_id,
                topic,
                body,
                message.event_id,
                message.time,
            )
            for delivery_id, route in zip(delivery_ids, queued, strict=True)
        ]

    def _reject(
        self, publication: Publication, refused: Refused, received_at: datetime
    ) -> Rejection:
        parts = self._parse_topic(publication.topic)
        return Rejection(
            received_at,
            parts.tenant_id if parts is not None else None,
            parts.device_id if parts is not None else None,
            publication.topic.replace("\0", "\N{REPLACEMENT CHARACTER}"),
            refused.reason,
            refused.detail.replace("\0", "\N{REPLACEMENT CHARACTER}"),
            scrub(publication.payload, self._limits.max_payload_bytes),
        )

    def _parse_topic(self, topic: str) -> DeviceTopic | None:
        parts = self._topics.get(topic)
        if parts is None and (parts := parse_device_topic(topic)) is not None:
            if len(self._topics) >= MAX_CACHED_TOPICS:
                self._topics.clear()
            self._topics[topic] = parts
        return parts


def _as_event(message: Message, topic: str, named: DevicePayload) -> TelemetryEvent:
    return TelemetryEvent(
        event_id=message.event_id,
        tenant_id=message.tenant_id,
        device_id=message.device_id,
        site_id=message.site_id,
        topic=topic,
        time=message.time,
        metrics=named.metrics if isinstance(named.metrics, dict) else {},
    )
