"""What a trace tells."""

from __future__ import annotations

from typing import Literal

import msgspec

from pulse_router.api.attempts import AttemptAnswer
from pulse_router.api.insight.messages import StoredMessageAnswer
from pulse_router.api.rejected_messages import RejectedMessage
from pulse_router.api.requests.responses import Page
from pulse_router.api.requests.values import EventId, Time
from pulse_router.api.routes.verdicts import ClauseAnswer, VerdictAnswer, VerdictName
from pulse_router.api.server.problem_body import ProblemAnswer
from pulse_router.domain.insight.ends import DeliveryState
from pulse_router.domain.insight.routes_then import ChangeKind
from pulse_router.domain.messages import DeviceStatus


class DeviceNow(msgspec.Struct):
    """What the registry has of the device now; all but `device_id` is null where it has nothing."""

    device_id: str | None
    is_registered: bool
    status: DeviceStatus | None
    site_id: str | None
    created_at: Time | None
    last_seen_at: Time | None


class StepAnswer(msgspec.Struct):
    """A step on a message's way; `at` is null where nobody has noted the time."""

    step: Literal["sent", "received", "stored", "refused", "matched", "ended"]
    at: Time | None
    text: str


class ChangeAnswer(msgspec.Struct):
    """A change of a route since the message came in; `by` is null for an operator.

    `id` is its number in the audit log, `changed` names what was changed.
    """

    id: int
    at: Time
    kind: ChangeKind
    by: str | None
    actor: str
    request_id: str
    changed: list[str]


class ThenAnswer(msgspec.Struct):
    """Whether a route took the message when it came in, and how that is known.

    `told_by` is `delivery` where there is one, `unchanged` where the route is as it was, `changes`
    where what was changed since has been taken back, `refusal` where no route was asked, and
    `nothing` where it is not known.
    """

    matched: VerdictName
    told_by: Literal["delivery", "unchanged", "changes", "refusal", "nothing"]
    reason: str
    clauses: list[ClauseAnswer]


class NowAnswer(VerdictAnswer, kw_only=True):
    """What a route as it is now says of the message; a disabled one says what it would."""

    version: int
    is_enabled: bool


class DeliveryAnswer(msgspec.Struct):
    """How far a delivery has come, and what was tried.

    `id` is its `webhook-id`. `history` holds the attempts that failed, as far as they are
    remembered; `status` and `milliseconds` are those of the one that succeeded.
    """

    id: EventId
    state: DeliveryState
    text: str
    created_at: Time
    ended_at: Time | None
    attempts: int
    pushbacks: int
    status: int | None
    milliseconds: float | None
    error: str | None
    next_attempt_at: Time | None
    dead_letter_id: int | None
    history: list[AttemptAnswer]


class TracedRoute(msgspec.Struct):
    """What a route did with the message, and what it would do now.

    `now` is null where the route is gone, or cannot be asked. `differs` says that now is known not
    to be as then; `changes` are then what lies between.
    """

    route_id: int
    name: str | None
    destination_type: str | None
    text: str
    then: ThenAnswer
    now: NowAnswer | None
    differs: bool
    changes: list[ChangeAnswer]
    deliveries: list[DeliveryAnswer]


class SearchedAnswer(msgspec.Struct):
    """Where was looked, how much was found there, and for how long it is kept there."""

    place: str
    found: int
    kept: str


class TraceAnswer(Page):
    """What became of a message. `routes` come by page, with those that are gone on the first."""

    kind: Literal["message", "rejected_message", "delivery"]
    id: str
    outcome: Literal[
        "delivered", "pending", "failed", "discarded", "written", "no_route", "refused", "unknown"
    ]
    text: str
    topic: str
    payload_is_exact: bool
    device: DeviceNow
    message: StoredMessageAnswer | None
    rejected: RejectedMessage | None
    steps: list[StepAnswer]
    routes: list[TracedRoute]
    searched: list[SearchedAnswer]


class NotTraced(ProblemAnswer, kw_only=True):
    """There is nothing to trace: where was looked, and what is gone after how long."""

    searched: list[SearchedAnswer]
