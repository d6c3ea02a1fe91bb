"""What a preview is asked, and what it answers, line by line."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from pulse_router.api.requests.values import EventId, Id, Time
from pulse_router.api.routes.bodies import LatencyAnswer, RouteBody
from pulse_router.api.routes.verdicts import ClauseAnswer, TopicAnswer, VerdictName

MAX_MESSAGES: Final = 100_000
DEFAULT_MESSAGES: Final = 10_000
DEFAULT_HOURS: Final = 24
MAX_SECONDS: Final = 30.0

StoppedBy = Literal["messages", "seconds", "database", "router"]


class PreviewBody(msgspec.Struct, kw_only=True):
    """A route that is not stored, and over which messages it is tried: those that arrived last.

    With `route_id`, the draft is a change of that route: masks stand for its secrets, and what it
    adds and loses is told. `from` (included) and `to` (not included) are times of arrival. Without
    these and `last`, the last 10,000 messages of the last 24 hours are looked at.
    """

    route: RouteBody
    route_id: Id | None = None
    last: Annotated[int, Meta(ge=1, le=MAX_MESSAGES)] | None = None
    start: Time | None = msgspec.field(name="from", default=None)
    end: Time | None = msgspec.field(name="to", default=None)


class PreviewProgress(msgspec.Struct):
    """How far it has come. `is_waiting` says that it lets ingest go first."""

    looked_at: int
    filter_passed: int
    seconds: float
    is_waiting: bool


class CloseValue(msgspec.Struct):
    """A value that came close to passing, and by how much it did not."""

    value: msgspec.Raw
    short_by: float
    event_id: EventId
    device_id: str


class ClauseTally(msgspec.Struct):
    """In how many messages a part of the filter held, and in how many it did not.

    A single clause has `path`, `operator` and `operand` (unless it is long); what joins several
    (`$and`, `$or`, `$nor`, `$not`) has `operator` and `clauses`. In `fails_alone` of the messages
    nothing else was in the way: these are near misses. `closest` are the numbers among them that a
    comparison came closest to taking.
    """

    operator: str
    holds: int
    fails: int
    fails_alone: int
    path: str | UnsetType = UNSET
    operand: msgspec.Raw | UnsetType = UNSET
    options: str | UnsetType = UNSET
    closest: list[CloseValue] | UnsetType = UNSET
    clauses: list[ClauseTally] | UnsetType = UNSET


class FieldCoverage(msgspec.Struct):
    """In how many messages a field had a value, none, or one of a type that the filter never takes.

    It tells a field of the wrong name from a threshold that was never met.
    """

    present: int
    missing: int
    wrong_type: int


class HourAnswer(msgspec.Struct):
    """What of the messages of an hour passed; `added` and `lost` are told of a change."""

    hour: Time
    looked_at: int
    passed: int
    added: int | UnsetType = UNSET
    lost: int | UnsetType = UNSET


class DeviceShare(msgspec.Struct):
    """What of the messages of a device passed; `added` and `lost` are told of a change."""

    device_id: str
    looked_at: int
    passed: int
    added: int | UnsetType = UNSET
    lost: int | UnsetType = UNSET


class PeakAnswer(msgspec.Struct):
    """The second with most messages that passed, beside what the endpoint takes now.

    `latency` is that of the route that is changed, and `attempts_at_once` how many would be under
    way in that second; both are null where nothing is known.
    """

    at: Time
    messages: int
    latency: LatencyAnswer | None
    attempts_at_once: float | None


class PreviewExample(msgspec.Struct):
    """A message, and why the draft takes it or not."""

    event_id: EventId
    device_id: str
    topic_name: str
    received_at: Time
    verdict: VerdictName
    reason: str
    topic: TopicAnswer
    clauses: list[ClauseAnswer]


class PreviewExamples(msgspec.Struct):
    """The newest five of each kind; `added` and `lost` are there for a change."""

    passed: list[PreviewExample]
    failed: list[PreviewExample]
    added: list[PreviewExample] | UnsetType = UNSET
    lost: list[PreviewExample] | UnsetType = UNSET


class PreviewResult(msgspec.Struct, kw_only=True):
    """What the route would have done, had it been enabled.

    A change is compared with the route as it is, enabled as well. `unjudged` are messages for which
    the filter would have cost more than it may; they do not pass. `unreadable` rows are of nobody's
    sending. `not_as_sent` names the fields that the filter asks for and that are put together from
    what is stored: `ts` and `site_id` are there whether the device sent them or not, `tenant_id`
    never is. Where `is_complete` is false, `stopped_by` says what has ended it before all was
    looked at that was asked for; what was seen until then is told.
    """

    looked_at: int
    topic_matched: int
    filter_passed: int
    unjudged: int
    unreadable: int
    added: int | UnsetType = UNSET
    lost: int | UnsetType = UNSET
    first_at: Time | None
    last_at: Time | None
    clauses: list[ClauseTally]
    coverage: dict[str, FieldCoverage]
    not_as_sent: list[str]
    by_hour: list[HourAnswer]
    devices: list[DeviceShare]
    devices_total: int
    peak: PeakAnswer | None
    examples: PreviewExamples
    seconds: float
    is_complete: bool
    stopped_by: StoppedBy | None


class PreviewLine(msgspec.Struct):
    """A line: `progress` each second, and `result` at the end."""

    progress: PreviewProgress | UnsetType = UNSET
    result: PreviewResult | UnsetType = UNSET
