"""What a trace is of: looks for all that is left of a message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from typing import Literal, NoReturn

import attrs
import msgspec

from pulse_router.api.devices.ports import DeviceStore
from pulse_router.api.insight.ports import InsightStores
from pulse_router.api.insight.trace_bodies import SearchedAnswer, StepAnswer
from pulse_router.api.insight.trace_words import say_gone, say_refused, say_stored
from pulse_router.api.rejected_messages import RejectionStore
from pulse_router.api.requests.problems import Problem
from pulse_router.api.routes.ports import PendingStore, RouteStore
from pulse_router.domain.deliveries import DeadLetter, PendingDelivery
from pulse_router.domain.insight.ends import DeliveryEnd, ends_of, made_at
from pulse_router.domain.insight.kept import KeptDays, say_days
from pulse_router.domain.insight.messages import (
    NoPayload,
    ToldMessage,
    payload_of,
    read_payload,
    told_by,
    topic_of,
)
from pulse_router.domain.receipts import Receipt
from pulse_router.domain.telemetry import RejectedMessage, StoredMessage
from pulse_router.domain.topics import parse_device_topic


@attrs.frozen(kw_only=True)
class TraceSources:
    """Where a trace is looked for.

    Attributes:
        stores: What became of messages.
        rejections: What was refused.
        devices: The registry.
        routes: The routes as they are now.
        pending: What they have pending, by its own id.
        kept_days: Tells for how long all this is kept.
    """

    stores: InsightStores
    rejections: RejectionStore
    devices: DeviceStore
    routes: RouteStore
    pending: PendingStore
    kept_days: Callable[[], KeptDays]


@attrs.frozen(kw_only=True)
class Subject:
    """What a trace is of, and what was found of it."""

    kind: Literal["message", "rejected_message", "delivery"]
    id: int
    device_id: str | None
    topic: str
    at: datetime
    steps: Sequence[StepAnswer]
    searched: Sequence[SearchedAnswer]
    message: StoredMessage | None = None
    rejected: RejectedMessage | None = None
    told: ToldMessage | None = None
    ends: Sequence[DeliveryEnd] = ()
    no_delivery: str = ""


@attrs.frozen
class _Left:
    """What is known to be left of a message's deliveries."""

    event_id: int
    pending: Sequence[PendingDelivery] = ()
    receipts: Sequence[Receipt] = ()
    dead: Sequence[DeadLetter] = ()


class SubjectFinder:
    """Finds what a trace is of.

    Args:
        sources: Where it is looked for.
    """

    def __init__(self, sources: TraceSources) -> None:
        self._from = sources

    async def _find_one(self, tenant_id: str, delivery_id: int) -> _Left | None:
        """Look for what is left of a delivery, in the order in which it goes on."""
        pending = await self._from.pending.load_pending(tenant_id, delivery_id)
        if pending is not None:
            return _Left(pending.event_id, pending=[pending])
        receipts = await self._from.stores.receipts.find(tenant_id, delivery_id=delivery_id)
        if receipts:
            return _Left(receipts[0].event_id, receipts=receipts)
        dead = await self._from.stores.deliveries.load_dead(tenant_id, delivery_id)
        return None if dead is None else _Left(dead.event_id, dead=[dead])

    async def find_message(self, tenant_id: str, event_id: int) -> Subject:
        """Look for all that there is of a message.

        Raises:
            Problem: 404, where there is nothing.
        """
        return await self._find_all(tenant_id, _Left(event_id))

    async def _find_all(self, tenant_id: str, known: _Left) -> Subject:
        """Look for all that there is of a message of which something may be known already."""
        event_id = known.event_id
        message = await self._from.stores.messages.load_message(tenant_id, event_id)
        # In the order in which a delivery goes on: one that does meanwhile is seen all the same.
        deliveries = self._from.stores.deliveries
        found = await deliveries.find_pending(tenant_id, [event_id])
        pending = list({each.id: each for each in (*known.pending, *found)}.values())
        settled = await self._from.stores.receipts.find(tenant_id, event_id=event_id)
        receipts = list({each.delivery_id: each for each in (*known.receipts, *settled)}.values())
        letters = await deliveries.find_dead(tenant_id, [event_id])
        dead = list({each.id: each for each in (*known.dead, *letters)}.values())
        kept = self._from.kept_days()
        searched = [
            SearchedAnswer("stored messages", int(message is not None), say_days(kept.telemetry)),
            SearchedAnswer("pending deliveries", len(pending), "kept until they have ended"),
            SearchedAnswer("receipts", len(receipts), say_days(kept.receipts)),
            SearchedAnswer("dead letters", len(dead), say_days(kept.dead_letters)),
        ]
        ends = ends_of(pending, receipts, dead)
        if message is None and not ends:
            _not_found("message", searched)
        try:
            told = told_by([*pending, *dead])
        except NoPayload:
            told = None
        at = made_at(event_id) if message is None else message.received_at
        topic = "" if told is None else told.topic
        if message is not None:
            topic = topic_of(tenant_id, message)
            told = told or ToldMessage(topic, payload_of(message), is_exact=False)
        left_out = await self._from.stores.receipts.left_out(tenant_id, event_id=event_id)
        parts = parse_device_topic(topic)
        return Subject(
            kind="message",
            id=event_id,
            device_id=None if parts is None else parts.device_id,
            topic=topic,
            at=at,
            steps=say_gone(at) if message is None else say_stored(message),
            searched=searched,
            message=message,
            told=told,
            ends=ends,
            no_delivery=_no_delivery(kept, left_out),
        )

    async def find_delivery(self, tenant_id: str, delivery_id: int) -> Subject:
        """Look for all that there is of a delivery's message.

        Raises:
            Problem: 404, where there is nothing.
        """
        left = await self._find_one(tenant_id, delivery_id)
        if left is None:
            kept = self._from.kept_days()
            _not_found(
                "delivery",
                [
                    SearchedAnswer("pending deliveries", 0, "kept until they have ended"),
                    SearchedAnswer("receipts", 0, say_days(kept.receipts)),
                    SearchedAnswer("dead letters", 0, say_days(kept.dead_letters)),
                ],
            )
        subject = await self._find_all(tenant_id, left)
        return attrs.evolve(subject, kind="delivery", id=delivery_id)

    async def find_refusal(self, tenant_id: str, message_id: int) -> Subject:
        """Look for a message that was refused.

        Raises:
            Problem: 404, where there is none.
        """
        refused = await self._from.rejections.load_rejected(tenant_id, message_id)
        kept = say_days(self._from.kept_days().rejected)
        searched = [SearchedAnswer("rejected messages", int(refused is not None), kept)]
        if refused is None:
            _not_found("rejected message", searched)
        told: ToldMessage | None = None
        with suppress(NoPayload):
            told = ToldMessage(refused.topic, read_payload(refused.payload or b""))
        return Subject(
            kind="rejected_message",
            id=message_id,
            device_id=refused.device_id,
            topic=refused.topic,
            at=refused.received_at,
            steps=say_refused(refused),
            searched=searched,
            rejected=refused,
            told=told,
        )


def _no_delivery(kept: KeptDays, left_out: int) -> str:
    """Say where a delivery may have gone of which nothing is left."""
    if left_out:
        return (
            f"no delivery is recorded: {left_out} receipts of then were left out, for the day had"
            " enough of them"
        )
    return (
        f"no delivery is recorded any more: a receipt is {say_days(kept.receipts)}, a dead letter"
        f" {say_days(kept.dead_letters)} unless it is purged"
    )


def _not_found(what: str, searched: Sequence[SearchedAnswer]) -> NoReturn:
    raise Problem(
        HTTPStatus.NOT_FOUND,
        f"There is no such {what}, or nothing of it is kept any more.",
        members={"searched": msgspec.to_builtins(list(searched))},
    )
