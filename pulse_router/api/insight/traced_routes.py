"""The routes of a trace: of each what it did with the message, and what it would do now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import attrs
import msgspec

from pulse_router.api.attempts import attempt_answer
from pulse_router.api.insight.route_verdicts import REFUSED, now_of, then_of
from pulse_router.api.insight.trace_bodies import (
    ChangeAnswer,
    DeliveryAnswer,
    NowAnswer,
    ThenAnswer,
    TracedRoute,
)
from pulse_router.api.requests.responses import utc, utc_or_none
from pulse_router.api.routes.verdicts import Explainer
from pulse_router.domain.insight.ends import DeliveryEnd, say_end
from pulse_router.domain.insight.messages import ToldMessage
from pulse_router.domain.insight.routes_then import ChangeKind, RouteChange
from pulse_router.domain.routes import DestinationType, Route
from pulse_router.runtime.stride import Stride

MAX_BYTES: Final = 1024 * 1024
"""What the routes of a page may weigh before it ends."""
_UNTOLD: Final = frozenset({"version", "updated_at", "created_at"})
_encode: Final = msgspec.json.Encoder().encode


@attrs.frozen(kw_only=True)
class Case:
    """What is known of the message whose routes are told.

    Attributes:
        message: What its routes are asked of; None where it is not kept.
        at: When it came in.
        ends: How far its deliveries have come.
        changes: What was changed of routes since shortly before, the newest first.
        is_refused: Whether no route was asked of it.
        no_delivery: What to say where it must have been delivered, and nothing of that is left.
    """

    message: ToldMessage | None
    at: datetime
    ends: Sequence[DeliveryEnd] = ()
    changes: Sequence[RouteChange] = ()
    is_refused: bool = False
    no_delivery: str = ""

    def ends_by_route(self) -> Mapping[int, Sequence[DeliveryEnd]]:
        """Give the deliveries of each route."""
        found: dict[int, list[DeliveryEnd]] = defaultdict(list)
        for end in self.ends:
            found[end.route_id].append(end)
        return found

    def changes_by_route(self) -> Mapping[int, Sequence[RouteChange]]:
        """Give the changes of each route."""
        found: dict[int, list[RouteChange]] = defaultdict(list)
        for change in self.changes:
            if change.route_id is not None:
                found[change.route_id].append(change)
        return found


async def trace_routes(
    case: Case, routes: Sequence[Route], *, gone: Sequence[int], explainer: Explainer
) -> tuple[list[TracedRoute], bool]:
    """Tell the routes of a page.

    Args:
        case: The message.
        routes: The routes of the page.
        gone: The ids of those that are gone, to be told first.
        explainer: Asks them.

    Returns:
        The routes, and whether these are all of the page: it ends when it weighs enough.
    """
    ends, changes = case.ends_by_route(), case.changes_by_route()
    traced: list[TracedRoute] = []
    weight, stride = 0, Stride()
    for number, route in [*((number, None) for number in gone), *((r.id, r) for r in routes)]:
        if weight > MAX_BYTES or (route is not None and route.omitted_bytes):
            return traced, False
        told = await _trace(
            case, number, route, ends.get(number, ()), changes.get(number, ()), explainer
        )
        traced.append(told)
        weight += len(_encode(told))
        await stride.step()
    return traced, True


def deleted_since(case: Case) -> Sequence[int]:
    """Give the routes that were deleted since the message came in, the first of them first."""
    return [
        change.route_id
        for change in reversed(case.changes)
        if change.kind is ChangeKind.DELETED and change.route_id is not None and change.at > case.at
    ]


async def _trace(
    case: Case,
    number: int,
    route: Route | None,
    ends: Sequence[DeliveryEnd],
    changes: Sequence[RouteChange],
    explainer: Explainer,
) -> TracedRoute:
    now = None
    if route is not None and case.message is not None:
        now = await now_of(route, case.message, explainer)
    if case.is_refused:
        then = REFUSED
    elif case.message is None:
        then = ThenAnswer("true" if ends else "unknown", "delivery" if ends else "nothing", "", [])
    else:
        then = await then_of(
            explainer, route, now, changes, case.message, case.at, has_delivery=bool(ends)
        )
    name, destination_type = _names(route, changes)
    return TracedRoute(
        route_id=number,
        name=name,
        destination_type=destination_type,
        text=_say(case, then, now, ends, destination_type, is_gone=route is None),
        then=then,
        now=now,
        differs=not case.is_refused and _differs(then, now),
        changes=[_change_answer(change) for change in changes if change.at > case.at],
        deliveries=[delivery_answer(end) for end in ends],
    )


def _names(route: Route | None, changes: Sequence[RouteChange]) -> tuple[str | None, str | None]:
    if route is not None:
        return route.name, str(route.destination_type)
    before = next((change.before for change in changes if change.before is not None), {})
    name, kind = before.get("name"), before.get("destination_type")
    return None if name is None else str(name), None if kind is None else str(kind)


def _differs(then: ThenAnswer, now: NowAnswer | None) -> bool:
    if now is None or "unknown" in (then.matched, now.verdict):
        return False
    return (then.matched == "true") is not (now.verdict == "true" and now.is_enabled)


def _say(
    case: Case,
    then: ThenAnswer,
    now: NowAnswer | None,
    ends: Sequence[DeliveryEnd],
    destination_type: str | None,
    *,
    is_gone: bool,
) -> str:
    """Say in a sentence what became of the message by this route."""
    if ends:
        said = "; ".join(map(say_end, ends))
    elif then.matched == "true" and destination_type == DestinationType.POSTGRESQL:
        said = "written: the stored message is the delivery"
    elif then.matched == "true":
        said = f"matched ({then.reason}), but {case.no_delivery}"
    else:
        said = then.reason
    if is_gone:
        return f"{said}; the route was deleted since"
    if not case.is_refused and _differs(then, now):
        return f"{said}; {'would not match' if then.matched == 'true' else 'would match'} now"
    if case.is_refused and now is not None:
        return "would take it" if now.verdict == "true" else f"would not take it: {now.reason}"
    return said


def _change_answer(change: RouteChange) -> ChangeAnswer:
    named = set(change.before or ()) | set(change.after or ())
    return ChangeAnswer(
        id=change.id,
        at=utc(change.at),
        kind=change.kind,
        by=change.subject,
        actor=change.actor,
        request_id=change.request_id,
        changed=sorted(named - _UNTOLD) if change.kind is ChangeKind.CHANGED else [],
    )


def delivery_answer(end: DeliveryEnd) -> DeliveryAnswer:
    """Show how far a delivery has come."""
    return DeliveryAnswer(
        id=str(end.delivery_id),
        state=end.state,
        text=say_end(end),
        created_at=utc(end.created_at),
        ended_at=utc_or_none(end.ended_at),
        attempts=end.attempts,
        pushbacks=end.pushbacks,
        status=end.status,
        milliseconds=end.milliseconds,
        error=end.error,
        next_attempt_at=utc_or_none(end.next_attempt_at),
        dead_letter_id=end.dead_letter_id,
        history=[attempt_answer(record) for record in end.history],
    )
