"""Turns publications into messages, rejections and deliveries, in order of arrival.

Everything but the look-up of devices it has not met is computed without waiting. It knows
nothing of how messages arrive or are stored.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import trio
from msgspec import UNSET

from pulse_router.domain.event_ids import EventIds, unix_seconds_of
from pulse_router.domain.live import STREAMED_TYPE, as_event
from pulse_router.domain.messages import (
    Device,
    DeviceKey,
    Message,
    Reason,
    Unreadable,
)
from pulse_router.domain.rate_limit import RateLimits
from pulse_router.ingest.arrivals import Arrival, Publication
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.decoding import Decoding
from pulse_router.ingest.device_check import check_device
from pulse_router.ingest.faults import IngestFaults
from pulse_router.ingest.last_seen import LastSeen
from pulse_router.ingest.limits import Limits
from pulse_router.ingest.matching import Matcher
from pulse_router.ingest.payload import (
    DevicePayload,
    Extra,
    Refused,
    check_metrics,
    decode_payload,
    encode,
    parse_time,
)
from pulse_router.ingest.ports import LiveFeed, RecentMessages, RouteSource
from pulse_router.ingest.redelivery import RedeliveryWindow, digest
from pulse_router.ingest.registry import DeviceRegistry
from pulse_router.ingest.rejections import Rejections
from pulse_router.ingest.senders import Sender, SenderFinder, is_our_own

_AHEAD: Final = 64
"""How many messages may wait for the writer in however many batches: at a low rate each batch is
one message, and live streams would stand still with the disk. A flood waits, and so gathers."""

_CHUNK: Final = 256
"""How many messages are decoded between two checkpoints: a few milliseconds of work."""


class Decoder:
    """The stage between the MQTT client and the writer.

    Args:
        limits: What a message may be.
        rates: How fast devices and tenants may send.
        registry: The registered devices.
        routes: The routes in effect.
        live: Where accepted telemetry is shown.
        recent: Where accepted messages are kept for live clients that resume.
        ids: Gives the ids of events and deliveries.
        window: Recognises what the broker sends again.
        rejections: Makes rows of what is refused.
        last_seen: Where it is noted which devices were heard of.
        faults: Told of messages and filters that fail inside.
        report: Told why decoding is held up, and None when it goes on.
    """

    def __init__(
        self,
        *,
        limits: Limits,
        rates: RateLimits,
        registry: DeviceRegistry,
        routes: RouteSource,
        live: LiveFeed,
        recent: RecentMessages,
        ids: EventIds,
        window: RedeliveryWindow,
        rejections: Rejections,
        last_seen: LastSeen,
        faults: IngestFaults,
        report: Callable[[str | None], None],
    ) -> None:
        self._limits = limits
        self._rates = rates
        self._finder = SenderFinder(registry, limits, report=report)
        self._routes = routes
        self._live = live
        self._recent = recent
        self._ids = ids
        self._matcher = Matcher(ids, faults)
        self._faults = faults
        self._window = window
        self._rejections = rejections
        self._last_seen = last_seen

    async def run(
        self,
        arrivals: trio.MemoryReceiveChannel[Arrival],
        decoded: trio.MemorySendChannel[DecodedBatch],
    ) -> None:
        """Decode arrivals until their channel closes; then close the next one.

        A batch may join the last one that waits, as long as few messages do.
        """
        capacity = int(min(decoded.statistics().max_buffer_size, _AHEAD))
        sizes: deque[int] = deque(maxlen=capacity)
        last: DecodedBatch | None = None
        with arrivals, decoded:
            async for arrival in arrivals:
                batch = await self.decode(arrival)
                all_wait = sizes and decoded.statistics().current_buffer_used == capacity
                if last is not None and all_wait and sum(sizes) + batch.received <= _AHEAD:
                    last.followers.append(batch)
                    sizes[-1] += batch.received
                else:
                    await decoded.send(batch)
                    sizes.append(batch.received)
                    last = batch

    async def decode(self, arrival: Arrival) -> DecodedBatch:
        """Decode one arrival, message by message."""
        if arrival.new_connection:
            self._window.begin_connection(
                new_session=arrival.new_session,
                known=arrival.known_before,
                written=arrival.written_before,
            )
        self._window.begin_arrival(arrival.number, known=arrival.known, written=arrival.written)
        batch = DecodedBatch(arrival, received=len(arrival.publications))
        senders = await self._finder.find(arrival.publications)
        received_at = datetime.fromtimestamp(arrival.received_at, UTC)
        decoding = Decoding(
            batch,
            senders,
            received_at,
            # A box may wake with the clock of long ago: what was stored is later then.
            max(received_at, datetime.fromtimestamp(unix_seconds_of(self._ids.last), UTC)),
            trio.current_time(),
            self._last_seen.times,
        )
        for start in range(0, len(arrival.publications), _CHUNK):
            if start:  # whoever passes arrivals on gives way between them
                await trio.lowlevel.checkpoint()
            self._decode_chunk(decoding, arrival.publications, start)
        return batch

    def _decode_chunk(
        self, decoding: Decoding, publications: Sequence[Publication], start: int
    ) -> None:
        batch = decoding.batch
        accepted_before = len(batch.messages)
        chunk = publications[start : start + _CHUNK]
        senders = decoding.senders.in_order[start : start + _CHUNK]
        event_ids = self._ids.take(len(chunk), decoding.received_at.timestamp())
        for event_id, publication, sender in zip(event_ids, chunk, senders, strict=True):
            try:
                if self._is_repeated(batch, publication) or (
                    publication.user_properties and is_our_own(publication)
                ):
                    batch.duplicates[None if sender is None else sender.device[0]] += 1
                    continue
                self._accept(decoding, publication, sender, event_id)
            except Refused as refused:
                self._reject(decoding, publication, sender, refused)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this message's
                failed = self._faults.message_failed(publication.topic, error)
                self._reject(decoding, publication, sender, failed)
        self._recent.add(batch.messages[accepted_before:])
        if decoding.events:
            self._live.publish(decoding.events)
            decoding.events = []

    def _is_repeated(self, batch: DecodedBatch, publication: Publication) -> bool:
        if not (packet_id := publication.packet_id):  # 0 says nothing of which one it is
            return False
        message_digest = digest(publication.topic, publication.payload)
        if self._window.is_repeated(packet_id, message_digest, duplicate=publication.duplicate):
            if self._window.is_answered:
                batch.arrival.acknowledge_not(publication)
            return True
        for known_id, known_digest in (*self._window.take_marks(), (packet_id, message_digest)):
            batch.packet_ids.append(known_id)
            batch.digests.append(known_digest)
        return False

    def _accept(
        self, decoding: Decoding, publication: Publication, sender: Sender | None, event_id: int
    ) -> None:
        """Check one message, and add it, its matches and its event.

        Whatever is raised, nothing was added.

        Raises:
            Refused: It breaks a rule.
        """
        if isinstance(publication, Unreadable):
            raise Refused(Reason.BAD_TOPIC, publication.problem)
        if sender is None:
            raise Refused(Reason.BAD_TOPIC, "not of the form tenant/{id}/device/{id}/{type}")
        key, msg_type = sender
        tenant_id, device_id = key
        payload = publication.payload
        if not payload:
            raise Refused(Reason.EMPTY, "no payload: so a retained message is cleared")
        if len(payload) > self._limits.max_payload_bytes:
            raise Refused(
                Reason.PAYLOAD_TOO_LARGE,
                f"{len(payload)} bytes, but at most {self._limits.max_payload_bytes} may be sent",
            )
        named, extra, token = decode_payload(payload)
        if named.tenant_id is not UNSET and named.tenant_id not in (tenant_id, None):
            raise Refused(Reason.TENANT_MISMATCH, f"tenant_id must be {tenant_id}, as in the topic")
        registered = decoding.senders.devices.get(key)
        device = check_device(
            registered,
            token,
            named,
            decoding.received_at,
            require_token=self._limits.require_token,
        )
        if msg_type == STREAMED_TYPE or isinstance(named.metrics, dict):
            check_metrics(named.metrics, self._limits.max_metrics)
        time = parse_time(named.ts, decoding.received_at, decoding.latest)
        if self._rates.are_set and (over := self._rates.take(key, decoding.now)) is not None:
            raise Refused(Reason.RATE_LIMITED, f"more messages than the {over} may send")
        message = Message(
            event_id,
            time,
            decoding.received_at,
            tenant_id,
            device_id,
            device.site_id,
            msg_type,
            encode(named.metrics).decode() if isinstance(named.metrics, dict) else None,
            encode(extra).decode() if extra else None,
        )
        self._add(decoding, message, key, publication.topic, named, extra)

    def _add(
        self,
        decoding: Decoding,
        message: Message,
        key: DeviceKey,
        topic: str,
        named: DevicePayload,
        extra: Extra,
    ) -> None:
        tenant_id = key[0]
        event = None
        if message.msg_type == STREAMED_TYPE and self._live.wants(tenant_id):
            event = as_event(message, named.metrics if isinstance(named.metrics, dict) else {})
        if candidates := self._routes.current.candidates(tenant_id, topic):
            self._matcher.add_matches(decoding.batch, candidates, message, topic, named, extra)
        # From here on nothing can fail.
        decoding.batch.messages.append(message)
        decoding.last_seen[key] = decoding.received_at
        if event is not None:
            decoding.events.append(event)

    def _reject(
        self,
        decoding: Decoding,
        publication: Publication,
        sender: Sender | None,
        refused: Refused,
    ) -> None:
        """Add a refused message as a row, or to the count of those that are not kept."""
        known: DeviceKey | None = None
        device: Device | None = None
        if sender is not None:
            device = decoding.senders.devices.get(sender.device)
            if decoding.senders.has_devices(sender.device[0], device):
                known = sender.device
        rejection = None
        try:
            rejection = self._rejections.keep(
                publication,
                refused,
                sender=known,
                device=device,
                received_at=decoding.received_at,
                now=decoding.now,
            )
        except Exception as error:  # noqa: BLE001 - it is counted, as if the cap were reached
            self._faults.message_failed(publication.topic, error)
        if rejection is None:
            decoding.batch.capped[None if known is None else known[0]] += 1
        else:
            decoding.batch.rejections.append(rejection)
