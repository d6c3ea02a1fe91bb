"""Dead letters as clients read them, and what they ask to be done with them."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from pulse_router.api.attempts import AttemptAnswer, attempt_answer
from pulse_router.api.requests.responses import Page, raw_json, utc, utc_or_none
from pulse_router.api.requests.values import EventId, Id, Time
from pulse_router.api.server.problem_body import ProblemAnswer
from pulse_router.delivery.replay import ReplayResult, ReplayStatus
from pulse_router.domain.dead_letters.selection import RouteSummary
from pulse_router.domain.deliveries import DeadLetter, DeadLetterStatus

MAX_BATCH: Final = 100
MAX_DAYS: Final = 365
MAX_BUCKETS: Final = 200

Days = Annotated[int, Meta(ge=1, le=MAX_DAYS)]


class ReplayBody(msgspec.Struct):
    """Which route to use in place of the dead letter's own."""

    route_id: Id | None = None


class BatchBody(msgspec.Struct):
    """The dead letters to replay."""

    ids: Annotated[list[Id], Meta(min_length=1, max_length=MAX_BATCH)]


class PurgeBody(msgspec.Struct):
    """The age from which dead letters go; with `dry_run` they are only counted."""

    older_than_days: Days | UnsetType = UNSET
    dry_run: bool = False


class DeadLetterAnswer(msgspec.Struct):
    """A delivery that was given up. `destination_config` is what was tried, without secrets.

    A list leaves payloads out that are too heavy for it: they are null, `payload_bytes` is their
    length, and the single one has them.
    """

    id: int
    tenant_id: str
    route_id: int
    delivery_id: EventId
    device_id: str
    event_id: EventId
    original_topic: str
    payload: msgspec.Raw | None
    payload_bytes: int
    destination_type: str
    destination_config: dict[str, Any]
    error_message: str
    attempts: int
    status: DeadLetterStatus
    created_at: Time
    replayed_at: Time | None
    history: list[AttemptAnswer]


class DeadLetterPage(Page):
    """A page of dead letters."""

    messages: list[DeadLetterAnswer]


class ErrorAnswer(msgspec.Struct):
    """How many failed dead letters came of one error; a long one is cut."""

    error_message: str
    count: int
    newest_at: Time
    buckets: list[int]


class SummaryAnswer(msgspec.Struct):
    """A route's dead letters: how many of each status, and the most frequent errors."""

    route_id: int
    failed: int
    replayed: int
    discarded: int
    newest_at: Time
    errors: list[ErrorAnswer]
    buckets: list[int]


class SummaryPage(Page):
    """A page of routes that have dead letters, those with the most failed ones first.

    Where `is_exact` is false, only the newest 50,000 dead letters are counted. The `buckets` of
    routes and errors count the failed ones by time, each for `bucket_seconds`, from `bucket_start`
    on; these are null, and the lists empty, where none were asked for or there is nothing to count.
    """

    is_exact: bool
    bucket_start: Time | None
    bucket_seconds: float | None
    routes: list[SummaryAnswer]


class NotReplayedAnswer(ProblemAnswer, kw_only=True):
    """An attempt to deliver a dead letter has failed; `error` says how."""

    id: int
    error: str | None


class DeadLetterChange(msgspec.Struct):
    """What has become of a dead letter."""

    id: int
    status: DeadLetterStatus


class BatchEntry(msgspec.Struct):
    """How one replay of several ended; `error` says why it did not succeed."""

    id: int
    status: Literal["REPLAYED", "FAILED", "SKIPPED"]
    error: str | UnsetType = UNSET


class BatchAnswer(msgspec.Struct):
    """How the replays ended, in the order in which they were named."""

    results: list[BatchEntry]


class PurgeAnswer(msgspec.Struct):
    """How many dead letters were removed; of a dry run, how many would be."""

    purged: int
    would_purge: int | UnsetType = UNSET


def dead_letter_answer(letter: DeadLetter) -> DeadLetterAnswer:
    """Show a dead letter."""
    return DeadLetterAnswer(
        id=letter.id,
        tenant_id=letter.tenant_id,
        route_id=letter.route_id,
        delivery_id=str(letter.delivery_id),
        device_id=letter.device_id,
        event_id=str(letter.event_id),
        original_topic=letter.original_topic,
        payload=None if letter.payload is None else raw_json(letter.payload),
        payload_bytes=letter.payload_bytes,
        destination_type=letter.destination_type,
        destination_config=dict(letter.destination_config),
        error_message=letter.error_message,
        attempts=letter.attempts,
        status=letter.status,
        created_at=utc(letter.created_at),
        replayed_at=utc_or_none(letter.replayed_at),
        history=[attempt_answer(record) for record in letter.history],
    )


def summary_answer(summary: RouteSummary) -> SummaryAnswer:
    """Show what a route's dead letters are."""
    counts = summary.counts
    return SummaryAnswer(
        route_id=summary.route_id,
        failed=counts[DeadLetterStatus.FAILED],
        replayed=counts[DeadLetterStatus.REPLAYED],
        discarded=counts[DeadLetterStatus.DISCARDED],
        newest_at=utc(summary.newest_at),
        errors=[
            ErrorAnswer(each.error, each.count, utc(each.newest_at), list(each.buckets))
            for each in summary.errors
        ],
        buckets=list(summary.buckets),
    )


def batch_entry(dead_letter_id: int, result: ReplayResult) -> BatchEntry:
    """Show how one replay of several ended."""
    match result.status:
        case ReplayStatus.REPLAYED:
            return BatchEntry(dead_letter_id, "REPLAYED")
        case ReplayStatus.FAILED:
            return BatchEntry(dead_letter_id, "FAILED", result.error)
    return BatchEntry(dead_letter_id, "SKIPPED", result.error)
