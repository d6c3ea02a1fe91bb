"""One attempt, and what its end means: delivered, tried again, or buried.

It decides and counts nothing else: no tasks, no storage.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import attrs
import structlog

from pulse_router.delivery.ports import BatchDestination, Destination
from pulse_router.domain.config_fields import FieldReader
from pulse_router.domain.deliveries import (
    MAX_ERROR_LENGTH,
    AttemptRecord,
    Burial,
    Delivery,
    Outcome,
    Reschedule,
    Verdict,
)
from pulse_router.domain.destinations import (
    DestinationError,
    WebhookDefaults,
    parse_webhook,
    without_secrets,
)
from pulse_router.domain.lanes.pace import RateSetting
from pulse_router.domain.lanes.settings import read_lane_settings
from pulse_router.domain.retry import RetryPolicy
from pulse_router.domain.routes import DestinationType, Route
from pulse_router.domain.templates.bodies import TEMPLATE
from pulse_router.domain.webhook_config import BatchPolicy

MAX_RESPONSE_LENGTH: Final = 1024
MAX_ATTEMPTS: Final = 2**31 - 1
"""As far as they are counted, whatever a row says."""

_log = structlog.get_logger()


@attrs.frozen
class LanePlan:
    """What a lane needs to know of its route as it is now."""

    route: Route
    retry: RetryPolicy
    concurrency: int
    dead_config: Mapping[str, Any]
    batch: BatchPolicy | None = None
    ordered: bool = False
    is_withdrawn: bool = False
    """Whether its endpoint has said that it is gone; the route is about to be disabled."""
    is_broken: bool = False
    """Whether no plan could be made of the route: what it has pending waits."""
    rate: RateSetting | None = None

    @property
    def may_be_attempted(self) -> bool:
        """Whether attempts may be made: what waits for a fault to be mended is not spent."""
        is_fit = self.route.fault is None and not self.is_broken
        return self.route.is_enabled and is_fit and not self.is_withdrawn

    @classmethod
    def of(cls, route: Route, defaults: WebhookDefaults) -> LanePlan:
        """Make the plan of a route; an invalid configuration shows at the attempt, not here.

        What is stored may be of any form: a route that no plan can be made of harms itself only.
        """
        try:
            return cls._of(route, defaults)
        except Exception:  # noqa: BLE001 - whatever it is, it is this route's
            _log.exception("no plan can be made of a route: it waits", route_id=route.id)
            lane = defaults.lane
            return cls(route, lane.retry, lane.max_in_flight, {}, is_broken=True)

    @classmethod
    def _of(cls, route: Route, defaults: WebhookDefaults) -> LanePlan:
        lane, batch = defaults.lane, None
        if route.destination_type is DestinationType.WEBHOOK:
            with contextlib.suppress(DestinationError):
                config = dict(route.destination_config)
                if TEMPLATE in config:  # which takes long to compile, and is nothing to a lane
                    config[TEMPLATE] = ""
                webhook = parse_webhook(config, route.secrets, defaults)
                lane, batch = webhook.lane, webhook.batch
        elif route.destination_type is DestinationType.MQTT_REPUBLISH:
            reader = FieldReader(route.destination_config)
            found = read_lane_settings(reader, lane)
            lane = lane if reader.problems else found
        dead_config = without_secrets(route.destination_config)
        return cls(
            route,
            lane.retry,
            lane.max_in_flight,
            dead_config,
            batch,
            ordered=lane.ordered,
            rate=lane.rate,
        )


def find_receiver(
    destinations: Mapping[DestinationType, Destination], route: Route
) -> Destination | Outcome:
    """Give the destination that fits a route; an outcome, where no attempt can be made.

    Args:
        destinations: Where deliveries can go.
        route: The route as it is now.
    """
    if route.fault is not None:
        return Outcome(Verdict.RETRY, error=route.fault)
    destination = find_destination(destinations, route)
    if destination is None:
        kind = str(route.destination_type)
        return Outcome(Verdict.DEAD, error=f"destination type {kind!r} is not supported")
    return destination


async def attempt_batch(
    destinations: Mapping[DestinationType, Destination],
    deliveries: Sequence[Delivery],
    route: Route,
) -> Outcome:
    """Make one attempt with several deliveries at once; its outcome is that of each.

    Args:
        destinations: Where deliveries can go.
        deliveries: What to deliver; they belong to one route.
        route: The route as it is now.
    """
    destination: object = find_destination(destinations, route)
    if not isinstance(destination, BatchDestination):
        return Outcome(Verdict.DEAD, error="the route's destination takes no batches")
    return await destination.deliver_batch(deliveries, route)


def find_destination(
    destinations: Mapping[DestinationType, Destination], route: Route
) -> Destination | None:
    """Give the destination that fits a route; None when there is none of its type."""
    kind = route.destination_type  # another version's may have a name that this one does not know
    return destinations.get(kind) if isinstance(kind, DestinationType) else None


class AlreadyWritten:
    """The destination `postgresql`: the commit that stored the message has delivered it."""

    async def deliver(self, delivery: Delivery, route: Route, *, attempt: int) -> Outcome:  # noqa: ARG002 - the port's signature
        """Say that it is delivered."""
        return Outcome(Verdict.DELIVERED)


def judge_failed(
    delivery: Delivery, plan: LanePlan, outcome: Outcome, random: float, ended_at: datetime
) -> Reschedule | Burial:
    """Decide what becomes of a delivery after an attempt that did not deliver it.

    Args:
        delivery: The delivery as it was before the attempt.
        plan: Its lane's plan.
        outcome: How the attempt ended.
        random: A random number from 0 up to 1, for the jitter.
        ended_at: When it ended.

    Returns:
        When to try again, or its burial.
    """
    attempts = min(delivery.attempts + 1, MAX_ATTEMPTS)
    spent = attempts - delivery.pushbacks
    pushbacks, pushback_seconds = delivery.pushbacks, delivery.pushback_seconds
    record, delay = record_of(outcome, ended_at), None
    is_unspent = outcome.is_pushed_back and pushback_seconds < plan.retry.max_pushback_seconds
    if is_unspent:
        delay = outcome.retry_after_seconds or 0.0
        pushbacks, pushback_seconds = pushbacks + 1, pushback_seconds + delay
        record = attrs.evolve(record, pushbacks=pushbacks)
    elif outcome.verdict is Verdict.RETRY and plan.retry.allows_another(spent):
        delay = plan.retry.delay_seconds(
            spent, random, retry_after_seconds=outcome.retry_after_seconds
        )
    if delay is not None:
        return Reschedule(
            delivery.id,
            attempts,
            delay,
            record.error,
            record,
            pushbacks=pushbacks,
            pushback_seconds=pushback_seconds,
            is_pushed_back=is_unspent,
        )
    return Burial(
        delivery=delivery,
        attempts=spent,
        destination_type=str(plan.route.destination_type),
        destination_config=plan.dead_config,
        error=record.error,
        record=record,
    )


def record_of(outcome: Outcome, ended_at: datetime) -> AttemptRecord:
    """Say what is remembered of an attempt; a success has no error."""
    is_delivered = outcome.verdict is Verdict.DELIVERED
    return AttemptRecord(
        at=ended_at,
        status=outcome.status,
        duration_seconds=round(outcome.duration_seconds, 6),
        error="" if is_delivered else storable_error(outcome.error),
        response=storable_text(outcome.response)[:MAX_RESPONSE_LENGTH],
    )


def storable_error(error: str) -> str:
    """Make an error fit to be stored, and neither empty nor too long."""
    return storable_text(error)[:MAX_ERROR_LENGTH] or "unknown error"


def storable_text(text: str) -> str:
    """Make a text fit for a text column: no null characters, no lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
