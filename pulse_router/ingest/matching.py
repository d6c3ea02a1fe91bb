"""Which routes a message passes, and what is to be delivered for it."""

from __future__ import annotations

from collections.abc import Sequence

from pulse_router.domain.event_ids import EventIds
from pulse_router.domain.messages import Message, NewDelivery, Written
from pulse_router.domain.routes import DestinationType, MatchableRoute
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.payload import DevicePayload, Extra, encode


def add_matches(
    batch: DecodedBatch,
    ids: EventIds,
    candidates: Sequence[MatchableRoute],
    message: Message,
    topic: str,
    named: DevicePayload,
    extra: Extra,
) -> None:
    """Add a delivery for each route that a message passes.

    Args:
        batch: Where to add them.
        ids: Gives the deliveries' ids.
        candidates: The tenant's routes whose topic filters match.
        message: The message.
        topic: Its topic.
        named: Its payload, without the provision token: the fields that the contract names.
        extra: The others.
    """
    if extra or any(route.accepts is not None for route in candidates):
        view = named.as_mapping(extra)
        matching = [r for r in candidates if r.accepts is None or r.accepts(view)]
        if not matching:
            return
        body = encode(view if extra else named).decode()
    else:
        matching, body = list(candidates), encode(named).decode()
    batch.matched += len(matching)
    queued = [r for r in matching if r.destination_type is not DestinationType.POSTGRESQL]
    if len(queued) < len(matching):
        batch.written += [
            Written(message.tenant_id, message.event_id, route.id)
            for route in matching
            if route.destination_type is DestinationType.POSTGRESQL
        ]
    delivery_ids = ids.take(len(queued), message.received_at.timestamp())
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
