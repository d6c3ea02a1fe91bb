"""A trace in words: the steps of a message's way, and how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, TypeAlias

from pulse_router.api.insight.trace_bodies import StepAnswer, TracedRoute
from pulse_router.api.requests.responses import utc
from pulse_router.domain.insight.ends import DeliveryEnd, DeliveryState
from pulse_router.domain.insight.refusals import rule_of
from pulse_router.domain.routes import DestinationType
from pulse_router.domain.telemetry import RejectedMessage, StoredMessage

Outcome: TypeAlias = Literal[
    "delivered", "pending", "failed", "discarded", "written", "no_route", "refused", "unknown"
]

_WORST_FIRST: Final[Sequence[tuple[DeliveryState, Outcome]]] = (
    (DeliveryState.FAILED, "failed"),
    (DeliveryState.PENDING, "pending"),
    (DeliveryState.DISCARDED, "discarded"),
    (DeliveryState.REPLAYED, "delivered"),
    (DeliveryState.DELIVERED, "delivered"),
)


def say_stored(message: StoredMessage) -> list[StepAnswer]:
    """Tell how a stored message came in."""
    lag = (message.received_at - message.time).total_seconds()
    if lag:
        sent = f"sent {_lag(lag)}, by the device's clock"
    else:
        sent = "sent; the device gave no time, so that of arrival stands for it"
    return [
        StepAnswer("sent", utc(message.time) if lag else None, sent),
        StepAnswer("received", utc(message.received_at), "received"),
        StepAnswer("stored", None, "stored, in the transaction of its deliveries"),
    ]


def _lag(seconds: float) -> str:
    if seconds > 0:
        return f"{seconds:.3f} s before it was received"
    return f"{-seconds:.3f} s after it was received"


def say_refused(refused: RejectedMessage) -> list[StepAnswer]:
    """Tell why a message was refused."""
    rule = rule_of(refused.reason)
    text = f"refused, {refused.reason}: {refused.detail}"
    if rule is not None:
        text += f". The rule: {rule}"
    at = utc(refused.received_at)
    return [StepAnswer("received", at, "received"), StepAnswer("refused", at, text)]


def say_gone(at: datetime) -> list[StepAnswer]:
    """Tell of a message whose row is no longer there."""
    return [
        StepAnswer("received", utc(at), "received, as its id tells"),
        StepAnswer("stored", None, "stored; its row is no longer kept, its deliveries are"),
    ]


def judge_outcome(
    ends: Sequence[DeliveryEnd], routes: Sequence[TracedRoute], *, are_all: bool
) -> tuple[Outcome, str]:
    """Say how a message has ended.

    Args:
        ends: How far its deliveries have come.
        routes: What its routes did with it.
        are_all: Whether these are all of them.
    """
    counts = Counter(end.state for end in ends)
    if counts:
        outcome = next(outcome for state, outcome in _WORST_FIRST if counts[state])
        told = ", ".join(f"{counts[state]} {state}" for state, _ in _WORST_FIRST if counts[state])
        return outcome, f"{_count(len(ends), 'delivery', 'deliveries')}: {told}"
    thens = {route.then.matched for route in routes}
    if "unknown" in thens or not are_all:
        return "unknown", "nothing is recorded of a delivery, and not all routes of then are known"
    matched = [route for route in routes if route.then.matched == "true"]
    if not matched:
        many = _count(len(routes), "route", "routes")
        return "no_route", f"no route matched: {many} {'was' if len(routes) == 1 else 'were'} asked"
    if all(route.destination_type == DestinationType.POSTGRESQL for route in matched):
        return "written", "no other destination than the database took it"
    return "unknown", "it matched, but nothing is left of its deliveries"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
