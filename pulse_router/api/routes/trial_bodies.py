"""What is tried on routes and asked of them, and what is answered: nothing of it is stored."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from pulse_router.api.requests.responses import Page
from pulse_router.api.requests.values import EventId, Id
from pulse_router.api.routes.bodies import RouteBody
from pulse_router.api.routes.verdicts import ClauseAnswer, TopicAnswer, VerdictAnswer
from pulse_router.domain.deliveries import Verdict
from pulse_router.domain.routes import DestinationType


class RouteTestBody(msgspec.Struct):
    """A message that a device might send.

    With `deliver` it goes to the destination, when it matches, also from a disabled route.
    """

    topic: str
    payload: dict[str, Any]
    deliver: bool = False


class DraftTestBody(msgspec.Struct):
    """A message that a device might send, and a route that is not stored.

    With `route_id`, the draft is a change of that route: secrets that are written as masks are its.
    """

    route: RouteBody
    topic: str
    payload: dict[str, Any]
    route_id: Id | None = None


class TrialAnswer(msgspec.Struct):
    """What a destination answered; `retry` and `dead` say what would become of a delivery."""

    verdict: Verdict
    status: int | None
    duration_seconds: float
    error: str | None
    response: str


class RequestAnswer(msgspec.Struct):
    """A request as it would go out at a first attempt.

    A webhook's has `url`, that of `mqtt_republish` (its method is PUBLISH) `topic`, `qos` and
    `retain`, and its user properties as `headers`. Masked are template secrets, the values of the
    route's own headers, and those in the URL's query that no message says. Signatures are of the
    body without masks.
    """

    method: str
    headers: dict[str, str]
    body: str
    url: str | UnsetType = UNSET
    topic: str | UnsetType = UNSET
    qos: int | UnsetType = UNSET
    retain: bool | UnsetType = UNSET


class RouteTestAnswer(msgspec.Struct):
    """What a route does with such a message while it is enabled; a new draft has no `route_id`.

    `reason` says in a sentence what decided, `topic` and `clauses` each verdict. `request` is what
    would be sent, whether the message matches or not; it is null where the
    destination is the database itself, and where none can be made, which `request_fault` explains.
    `filter_fault` says why the filter cannot judge the message, which does not pass then.
    `delivery` is there when it was asked for; it is null when nothing was sent, for the message
    does not match, or the destination is the database itself.
    """

    route_id: int | None
    topic_matched: bool
    filter_passed: bool
    filter_fault: str | None
    would_deliver: bool
    reason: str
    topic: TopicAnswer
    clauses: list[ClauseAnswer]
    destination_type: DestinationType
    request: RequestAnswer | None
    request_fault: str | None
    delivery: TrialAnswer | UnsetType | None = UNSET


class ExplainBody(msgspec.Struct):
    """A message; with `route_id` only that route is asked.

    Either `topic` and `payload`, as a device has sent them or might; or one that has come in, by
    `event_id`, `rejected_id` or `dead_letter_id`.
    """

    topic: str | None = None
    payload: dict[str, Any] | None = None
    event_id: EventId | None = None
    rejected_id: Id | None = None
    dead_letter_id: Id | None = None
    route_id: Id | None = None


class RouteVerdict(VerdictAnswer, kw_only=True):
    """What a route says of a message; a disabled one says what it would."""

    route_id: int
    name: str
    version: int
    is_enabled: bool


class ExplainAnswer(Page):
    """What the routes say of a message, oldest first.

    `payload_is_exact` is false where the payload is not kept as it came, and what is asked is made
    of what is stored: `ts` is then the time in RFC 3339, and `site_id` the registered one.
    """

    topic: str
    payload_is_exact: bool
    routes: list[RouteVerdict]
