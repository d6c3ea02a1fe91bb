"""What a route said of a message when it came in, and what it says now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

import attrs

from pulse_router.api.insight.trace_bodies import NowAnswer, ThenAnswer
from pulse_router.api.routes.verdicts import ClauseAnswer, Explainer, VerdictName
from pulse_router.domain.insight.messages import ToldMessage
from pulse_router.domain.insight.routes_then import (
    Absent,
    RouteChange,
    Then,
    routes_then,
    state_of,
)
from pulse_router.domain.routes import Route

REFUSED: Final = ThenAnswer(
    "false", "refusal", "a message that is refused is shown to no route", []
)
UNASKED: Final = "its payload is not kept in a form that a route could be asked of"


@attrs.frozen
class _Verdict:
    """What a route in some state says."""

    verdict: VerdictName
    reason: str
    clauses: list[ClauseAnswer] = attrs.field(factory=list)


async def now_of(route: Route, message: ToldMessage, explainer: Explainer) -> NowAnswer:
    """Say what a route as it is now makes of a message."""
    told = await explainer.explain(
        route.topic_filter, route.payload_filter, message.topic, message.payload
    )
    return NowAnswer(
        verdict=told.verdict,
        reason=told.reason,
        topic=told.topic,
        clauses=told.clauses if told.topic.verdict == "true" else [],
        version=route.version,
        is_enabled=route.is_enabled,
    )


async def then_of(
    explainer: Explainer,
    route: Route | None,
    now: NowAnswer | None,
    changes: Sequence[RouteChange],
    message: ToldMessage,
    at: datetime,
    *,
    has_delivery: bool,
) -> ThenAnswer:
    """Say whether a route took a message.

    Args:
        explainer: Asks it.
        route: It as it is; None where it is gone.
        now: What it says as it is.
        changes: What was changed of it since shortly before, the newest first.
        message: The message.
        at: When it came in.
        has_delivery: Whether something is recorded of a delivery.
    """
    as_now = None if route is None else state_of(route)
    verdicts = [
        _of_now(now)
        if now is not None and then == as_now and now.is_enabled
        else await _judge(explainer, then, message)
        for then in routes_then(route, changes, at)
    ]
    if has_delivery:
        taking = next((each for each in verdicts if each.verdict == "true"), None)
        if taking is None:
            return ThenAnswer("true", "delivery", "a delivery was made", [])
        return ThenAnswer("true", "delivery", taking.reason, taking.clauses)
    first = verdicts[0]
    if any(each.verdict != first.verdict for each in verdicts):
        reasons = ", or ".join(dict.fromkeys(each.reason for each in verdicts))
        return ThenAnswer("unknown", "nothing", f"it was just being changed: {reasons}", [])
    told_by: Literal["unchanged", "changes", "nothing"] = "unchanged"
    if any(change.at > at for change in changes):
        told_by = "changes"
    if first.verdict == "unknown":
        told_by = "nothing"
    return ThenAnswer(first.verdict, told_by, first.reason, first.clauses)


def _of_now(now: NowAnswer) -> _Verdict:
    return _Verdict(now.verdict, now.reason, now.clauses)


async def _judge(explainer: Explainer, then: Then, message: ToldMessage) -> _Verdict:
    if isinstance(then, Absent):
        return _Verdict("false" if then is Absent.NOT_YET else "unknown", then.value)
    told = await explainer.explain(
        then.topic_filter, then.payload_filter, message.topic, message.payload
    )
    clauses = told.clauses if told.topic.verdict == "true" else []
    if not then.is_enabled:
        return _Verdict("false", "it was disabled", clauses)
    return _Verdict(told.verdict, told.reason, clauses)
