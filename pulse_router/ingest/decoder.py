"""Turns publications into messages, rejections and deliveries, in order of arrival.

Everything but the look-up of devices it has not met is computed without waiting. It knows
nothing of how messages arrive or are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Final

import trio
from msgspec import UNSET

from pulse_router.domain.event_ids import EventIds, unix_seconds_of
from pulse_router.domain.live import STREAMED_TYPE, as_event
from pulse_router.domain.messages import DeviceKey, Message, Reason, Unreadable
from pulse_router.domain.rate_limit import RateLimits
from pulse_router.ingest.arrivals import Arrival, Publication
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.decoding import Decoding
from pulse_router.ingest.device_check import check_device
from pulse_router.ingest.faults import IngestFaults
from pulse_router.ingest.judging import Judge
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
from pulse_router.ingest.properties import heed_properties
from pulse_router.ingest.redelivery import RedeliveryWindow
from pulse_router.ingest.refusing import Refusals
from pulse_router.ingest.registry import DeviceRegistry
from pulse_router.ingest.rejections import Rejections
from pulse_router.ingest.repeats import Repeats
from pulse_router.ingest.senders import Sender, SenderFinder
from pulse_router.ingest.sequences import Sequences
from pulse_router.ingest.tenant_costs import DEAR_SECONDS, TenantCosts
from pulse_router.ingest.writing.handing_on import HandingOn, HandOn

PART_MATCHES: Final = 2_048
"""So many do not wait for the rest of their arrival: a read of hundreds of messages may match a
thousand routes each. Looked at where others have their turn."""

_CHUNK: Final = 256
"""For how many messages ids are taken at once."""


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
        faults: Told of messages that fail inside.
        judge: Asks the routes' filters.
        report: Told why decoding is held up, and None when it goes on.
        costs: Gives others their turn, and notes for whom the time went.
        most_matches_of: Tells how many routes a message of a tenant may match; 0 is no bound.
        sequences: Follows what devices count, if that is wanted.
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
        judge: Judge,
        report: Callable[[str | None], None],
        costs: TenantCosts,
        most_matches_of: Callable[[str], int] = lambda _tenant_id: 0,
        sequences: Sequences | None = None,
    ) -> None:
        self._limits = limits
        self._rates = rates
        self._finder = SenderFinder(registry, limits, report=report)
        self._routes = routes
        self._live = live
        self._recent = recent
        self._ids = ids
        self._matcher = Matcher(ids, judge, faults, most_matches_of)
        self._faults = faults
        self._repeats = Repeats(window)
        self._refusals = Refusals(rejections, faults)
        self._costs = costs
        self._last_seen = last_seen
        self._sequences = sequences

    async def run(
        self,
        arrivals: trio.MemoryReceiveChannel[Arrival],
        decoded: trio.MemorySendChannel[DecodedBatch],
    ) -> None:
        """Decode arrivals until their channel closes; then close the next one.

        What an arrival with many matches became is handed on in parts.
        """
        writer = HandingOn(decoded)
        with arrivals, decoded:
            async for arrival in arrivals:
                await writer.send(await self.decode(arrival, writer.send))

    async def decode(self, arrival: Arrival, hand_on: HandOn | None = None) -> DecodedBatch:
        """Decode one arrival, message by message; gives what of it has not been handed on."""
        self._repeats.begin(arrival)
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
        await self._decode_all(decoding, arrival.publications, hand_on)
        await self._follow(decoding.batch)
        return decoding.batch

    async def _follow(self, batch: DecodedBatch) -> None:
        if self._sequences is not None:
            await self._sequences.follow(batch)

    async def _decode_all(
        self, decoding: Decoding, publications: Sequence[Publication], hand_on: HandOn | None
    ) -> None:
        stretch = self._costs.begin()
        clock, at = stretch.clock, stretch.begin()
        senders = decoding.senders.in_order
        sender: Sender | None = None
        now = decoding.received_at.timestamp()
        for start in range(0, len(publications), _CHUNK):
            chunk = publications[start : start + _CHUNK]
            of_chunk = senders[start : start + _CHUNK]
            event_ids = self._ids.take(len(chunk), now)
            for event_id, publication, sender in zip(event_ids, chunk, of_chunk, strict=True):
                unfinished = self._decode_one(decoding, publication, sender, event_id)
                if unfinished is not None:
                    stretch.end(sender)
                    self._show(decoding)
                    await self._finish(decoding, publication, sender, unfinished)
                    at = stretch.begin()
                began_at, at = at, clock()
                if at - began_at > DEAR_SECONDS:
                    stretch.charge(sender, at - began_at)
                if at >= stretch.ends_at:
                    self._show(decoding)
                    at = await stretch.rest(sender)
                    if hand_on and decoding.batch.matched >= PART_MATCHES:
                        part = decoding.take_part()
                        await self._follow(part)
                        await hand_on(part)
                        at = stretch.begin()
        self._show(decoding)
        stretch.end(sender)

    def _show(self, decoding: Decoding) -> None:
        """Show what was decoded since it was last done: before anything is waited for."""
        messages = decoding.batch.messages
        if decoding.shown < len(messages):
            self._recent.add(messages[decoding.shown :])
            decoding.shown = len(messages)
        if decoding.events:
            self._live.publish(decoding.events)
            decoding.events = []

    def _decode_one(
        self, decoding: Decoding, publication: Publication, sender: Sender | None, event_id: int
    ) -> Coroutine[None, None, None] | None:
        """Decode a message; give what remains to be done where that takes time."""
        batch = decoding.batch
        try:
            if self._repeats.have(batch, publication, event_id) or (
                publication.user_properties and heed_properties(batch, publication, event_id)
            ):
                batch.duplicates[None if sender is None else sender.device[0]] += 1
                return None
            return self._accept(decoding, publication, sender, event_id)
        except Refused as refused:
            self._refusals.add(decoding, publication, sender, refused)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this message's
            failed = self._faults.message_failed(publication.topic, error)
            self._refusals.add(decoding, publication, sender, failed)
        return None

    async def _finish(
        self,
        decoding: Decoding,
        publication: Publication,
        sender: Sender | None,
        unfinished: Coroutine[None, None, None],
    ) -> None:
        try:
            await unfinished
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this message's
            failed = self._faults.message_failed(publication.topic, error)
            self._refusals.add(decoding, publication, sender, failed)

    def _accept(
        self, decoding: Decoding, publication: Publication, sender: Sender | None, event_id: int
    ) -> Coroutine[None, None, None] | None:
        """Check one message, and add it, its matches and its event; or give what does it.

        Raises:
            Refused: It breaks a rule; nothing was added.
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
            unregistered=None if registered else decoding.senders.full.get(tenant_id),
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
        return self._add(decoding, message, key, publication.topic, named, extra)

    def _add(
        self,
        decoding: Decoding,
        message: Message,
        key: DeviceKey,
        topic: str,
        named: DevicePayload,
        extra: Extra,
    ) -> Coroutine[None, None, None] | None:
        event = None
        if message.msg_type == STREAMED_TYPE and self._live.wants(key[0]):
            event = as_event(message, named.metrics if isinstance(named.metrics, dict) else {})
        if candidates := self._routes.current.candidates(key[0], topic):
            unfinished = self._matcher.add_matches(
                decoding.batch, candidates, message, topic, named, extra
            )
            if unfinished is not None:
                return decoding.add_after(unfinished, message, key, event)
        decoding.add(message, key, event)
        return None
