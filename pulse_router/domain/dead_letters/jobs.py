"""Jobs: the same done with many dead letters, in a frozen set, step by step."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import attrs

from pulse_router.domain.dead_letters.selection import DeadLetterFilter
from pulse_router.domain.deliveries import DeadLetterStatus

FIRST_STAGES: Final = 11
"""One, then ten: so many attempts of a staged job are made one after the other."""


class JobAction(enum.StrEnum):
    """What is done with each dead letter."""

    REPLAY = "replay"
    DISCARD = "discard"
    RESTORE = "restore"
    PURGE = "purge"


FITS: Final[Mapping[JobAction, Sequence[DeadLetterStatus]]] = {
    JobAction.REPLAY: (DeadLetterStatus.FAILED,),
    JobAction.DISCARD: (DeadLetterStatus.FAILED,),
    JobAction.RESTORE: (DeadLetterStatus.DISCARDED,),
    JobAction.PURGE: tuple(DeadLetterStatus),
}
"""Of which status a dead letter must be for what is done with it."""


class JobState(enum.StrEnum):
    """Where a job stands. WAITING: for its turn among its tenant's. STOPPED: by itself."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"
    CANCELLED = "CANCELLED"
    DONE = "DONE"


class JobRefused(enum.Enum):
    """Why a job was not made, or not brought where somebody wants it."""

    TOO_MANY = "too many"
    NOT_NOW = "not now"


class JobOutcome(enum.StrEnum):
    """What became of one dead letter in a job."""

    DONE = "DONE"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


@attrs.frozen(kw_only=True)
class JobPlan:
    """What is to be done.

    Attributes:
        tenant_id: Whose dead letters; None for everybody's.
        action: What is done with each.
        filter: Which ones.
        up_to_id: The highest id among them: what came later is not touched.
        route_id: Which route replays them in place of their own.
        staged: Whether a replay goes one, ten, the rest, and stops when these fail.
    """

    tenant_id: str | None
    action: JobAction
    filter: DeadLetterFilter
    up_to_id: int
    route_id: int | None = None
    staged: bool = False

    @property
    def wanted(self) -> DeadLetterFilter:
        """The filter with what the action asks for."""
        fits = FITS[self.action]
        asked = self.filter.statuses or fits
        statuses = [status for status in asked if status in fits]
        return attrs.evolve(self.filter, statuses=statuses)


@attrs.frozen(kw_only=True)
class JobForecast:
    """How many dead letters a job would touch, by route, most first.

    Where it is not exact, there are more than were counted.
    """

    matched: int
    is_exact: bool
    up_to_id: int
    routes: Sequence[tuple[int, int]]


@attrs.frozen(kw_only=True)
class Job:
    """A job, as it stands.

    Attributes:
        id: Its number.
        plan: What it does.
        state: Where it stands.
        reason: Why it has stopped, in a sentence.
        matched: How many dead letters it was about when it was made.
        matched_is_exact: Whether there were no more.
        cursor: Up to which id all is done.
        done: With how many it is done.
        failed: How many attempts of it have failed.
        skipped: How many were passed over.
        tried: How many attempts were made since it began or was resumed.
        subject: Who has made it.
        actor: In what capacity.
        request_id: By which request.
        created_at: When.
        started_at: When its first turn was.
        ended_at: When it was done, or cancelled.
    """

    id: int
    plan: JobPlan
    state: JobState
    reason: str | None
    matched: int
    matched_is_exact: bool
    cursor: int
    done: int
    failed: int
    skipped: int
    tried: int
    subject: str
    actor: str
    request_id: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def is_at_its_end(self) -> bool:
        """Whether nothing is left to be looked at."""
        return self.cursor >= self.plan.up_to_id


@attrs.frozen
class JobFailure:
    """A dead letter that a job has not done with, and why."""

    dead_letter_id: int
    outcome: JobOutcome
    error: str
    at: datetime


@attrs.frozen
class JobPage:
    """The next dead letters of a job.

    Attributes:
        ids: Which ones, in order.
        cursor: Up to which id nothing is left beside them; on the last page, the job's own bound.
    """

    ids: Sequence[int]
    cursor: int


class LetterEnd(enum.Enum):
    """How a replay for a job has ended. What is DONE or has FAILED is written down already."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    LATER = "later"
    REFUSED = "refused"


@attrs.frozen
class LetterResult:
    """How one replay for a job has ended, and why it was no success.

    LATER: nothing is known against it, but it had no turn. REFUSED: nothing is sent to the
    endpoint, for it fails again and again.
    """

    end: LetterEnd
    error: str = ""
