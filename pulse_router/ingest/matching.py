"""Which routes a message passes, and what is to be delivered for it."""

from __future__ import annotations

from collections.abc import Sequence

from pulse_router.domain.event_ids import EventIds
from pulse_router.domain.messages import Message, NewDelivery, Written
from pulse_router.domain.routes import DestinationType, MatchableRoute, Payload
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.faults import IngestFaults
from pulse_router.ingest.payload import DevicePayload, Extra, encode


class Matcher:
    """Asks the routes' filters, and makes deliveries.

    Args:
        ids: Gives the deliveries' ids.
        faults: Told of filters that fail.
    """

    def __init__(self, ids: EventIds, faults: IngestFaults) -> None:
        self._ids = ids
        self._faults = faults

    def add_matches(
        self,
        batch: DecodedBatch,
        candidates: Sequence[MatchableRoute],
        message: Message,
        topic: str,
        named: DevicePayload,
        extra: Extra,
    ) -> None:
        """Add a delivery for each route that a message passes; whatever is raised, none is added.

        Args:
            batch: Where to add them.
            candidates: The tenant's routes whose topic filters match.
            message: The message.
            topic: Its topic.
            named: Its payload, without the provision token: the fields that the contract names.
            extra: The others.
        """
        if extra or any(route.accepts is not None for route in candidates):
            view = named.as_mapping(extra)
            matching: Sequence[MatchableRoute]
            try:
                matching = [r for r in candidates if r.accepts is None or r.accepts(view)]
            except Exception:  # noqa: BLE001 - whose it is, and what, is found out there
                matching = [route for route in candidates if self._accepts(route, view)]
            if not matching:
                return
            body = encode(view if extra else named).decode()
        else:
            matching, body = candidates, encode(named).decode()
        queued = [r for r in matching if r.destination_type is not DestinationType.POSTGRESQL]
        written: Sequence[Written] = ()
        if len(queued) < len(matching):
            written = [
                Written(message.tenant_id, message.event_id, route.id)
                for route in matching
                if route.destination_type is DestinationType.POSTGRESQL
            ]
        delivery_ids = self._ids.take(len(queued), message.received_at.timestamp())
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
            )
            for delivery_id, route in zip(delivery_ids, queued, strict=True)
        ]
        batch.matched += len(matching)
        batch.written += written
        batch.deliveries += deliveries

    def _accepts(self, route: MatchableRoute, view: Payload) -> bool:
        """Ask one filter; when it fails, that costs this message's match with this route."""
        try:
            return route.accepts is None or route.accepts(view)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this route's
            self._faults.filter_failed(route, error)
            return False
