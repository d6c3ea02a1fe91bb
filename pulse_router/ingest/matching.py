"""Which routes a message passes, and what is to be delivered for it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence

from pulse_router.domain.event_ids import EventIds
from pulse_router.domain.messages import Message, NewDelivery, OverLimit, Written
from pulse_router.domain.payloads import Payload
from pulse_router.domain.routes import DestinationType, MatchableRoute
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.faults import IngestFaults
from pulse_router.ingest.judging import Judge
from pulse_router.ingest.payload import DevicePayload, Extra, encode


class Matcher:
    """Has the routes' filters asked, and makes deliveries.

    Args:
        ids: Gives the deliveries' ids.
        judge: Asks the filters.
        faults: Told of matches beyond the bound.
        most_of: Tells how many routes a message of a tenant may match now; 0 is no bound.
    """

    def __init__(
        self,
        ids: EventIds,
        judge: Judge,
        faults: IngestFaults,
        most_of: Callable[[str], int],
    ) -> None:
        self._ids = ids
        self._judge = judge
        self._faults = faults
        self._most_of = most_of

    def add_matches(
        self,
        batch: DecodedBatch,
        candidates: Sequence[MatchableRoute],
        message: Message,
        topic: str,
        named: DevicePayload,
        extra: Extra,
    ) -> Coroutine[None, None, None] | None:
        """Add a delivery for each route that a message passes; whatever is raised, none is added.

        Args:
            batch: Where to add them.
            candidates: The tenant's routes whose topic filters match, at least one.
            message: The message.
            topic: Its topic.
            named: Its payload, without the provision token: the fields that the contract names.
            extra: The others.

        Returns:
            None when it is done; otherwise what does it, and takes its time.
        """
        passed: Sequence[MatchableRoute] | None = candidates
        view = named.as_mapping(extra) if extra else None
        sent: Payload | DevicePayload = view or named
        if any(route.accepts is not None for route in candidates):
            view = view or named.as_mapping(None)
            passed = self._judge.judge(candidates, view)
            if passed is None:
                return self._add_with_care(batch, candidates, message, topic, view, sent)
        if passed:
            self._add(batch, passed, message, topic, sent)
        return None

    async def _add_with_care(
        self,
        batch: DecodedBatch,
        candidates: Sequence[MatchableRoute],
        message: Message,
        topic: str,
        view: Payload,
        sent: Payload | DevicePayload,
    ) -> None:
        passed = await self._judge.judge_with_care(candidates, view)
        if passed:
            self._add(batch, passed, message, topic, sent)

    def _add(
        self,
        batch: DecodedBatch,
        passed: Sequence[MatchableRoute],
        message: Message,
        topic: str,
        sent: Payload | DevicePayload,
    ) -> None:
        if 0 < (most := self._most_of(message.tenant_id)) < len(passed):
            passed = self._oldest(batch, passed, message, most)
        body = encode(sent).decode()
        queued = [r for r in passed if r.destination_type is not DestinationType.POSTGRESQL]
        written: Sequence[Written] = ()
        if len(queued) < len(passed):
            written = [
                Written(message.tenant_id, message.event_id, route.id)
                for route in passed
                if route.destination_type is DestinationType.POSTGRESQL
            ]
        delivery_ids = self._ids.take(len(queued), message.received_at.timestamp())
        trace = batch.traces.get(message.event_id) if batch.traces else None
        deliveries = [
            NewDelivery(
                delivery_id,
                message.tenant_id,
                route.id,
                message.device_id,
                topic,
                body,
                message.event_id,
                message.time,
                trace,
            )
            for delivery_id, route in zip(delivery_ids, queued, strict=True)
        ]
        batch.matched += len(passed)
        batch.written += written
        batch.deliveries += deliveries

    def _oldest(
        self, batch: DecodedBatch, passed: Sequence[MatchableRoute], message: Message, most: int
    ) -> Sequence[MatchableRoute]:
        """Choose the routes that get a message, of more than may; the others are counted."""
        in_order = sorted(passed, key=lambda route: route.id)
        over = OverLimit(message.tenant_id, message.event_id, len(in_order) - most)
        batch.over_limit.append(over)
        self._faults.beyond_limit(message.tenant_id, in_order[most:], most)
        return in_order[:most]
