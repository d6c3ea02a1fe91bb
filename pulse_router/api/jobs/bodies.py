"""Jobs as clients read them, and what they ask to be done."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta, field

from pulse_router.api.dead_letters.filters import MAX_ROUTES, Text
from pulse_router.api.requests.problems import FieldFault, invalid
from pulse_router.api.requests.responses import Page, utc, utc_or_none
from pulse_router.api.requests.values import MAX_ID, Id, Time
from pulse_router.domain.dead_letters.jobs import (
    FITS,
    Job,
    JobAction,
    JobFailure,
    JobForecast,
    JobOutcome,
    JobPlan,
    JobState,
)
from pulse_router.domain.dead_letters.selection import Cause, DeadLetterFilter
from pulse_router.domain.deliveries import DeadLetterStatus


class JobFilter(msgspec.Struct, omit_defaults=True):
    """Which dead letters are meant; the same as in the query of their list."""

    status: Annotated[list[DeadLetterStatus], Meta(max_length=len(DeadLetterStatus))] = []
    route_id: Annotated[list[Id], Meta(max_length=MAX_ROUTES)] = []
    error: Text | None = None
    cause: Cause | None = None
    device_id: Text | None = None
    destination_type: Text | None = None
    start: Time | None = field(name="from", default=None)
    end: Time | None = field(name="to", default=None)
    before: Id | None = None


class JobBody(msgspec.Struct):
    """What is to be done with which dead letters."""

    action: JobAction
    filter: JobFilter = field(default_factory=JobFilter)
    up_to_id: Id | None = None
    route_id: Id | None = None
    dry_run: bool = False
    staged: bool = True

    def plan(self, tenant_id: str | None) -> JobPlan:
        """Make a plan of it.

        Raises:
            Problem: 422 naming what does not go together.
        """
        faults = []
        if self.route_id is not None and self.action is not JobAction.REPLAY:
            faults.append(FieldFault("route_id", "goes with the action replay alone"))
        fits = FITS[self.action]
        if self.filter.status and not set(self.filter.status) & set(fits):
            allowed = " or ".join(fits)
            faults.append(FieldFault("filter.status", f"must be {allowed} for {self.action}"))
        asked = _filter_of(self.filter)
        if asked.start is not None and asked.end is not None and asked.end <= asked.start:
            faults.append(FieldFault("filter.to", "must be after from"))
        if faults:
            raise invalid(faults)
        return JobPlan(
            tenant_id=tenant_id,
            action=self.action,
            filter=asked,
            up_to_id=MAX_ID if self.up_to_id is None else self.up_to_id,
            route_id=self.route_id,
            staged=self.staged and self.action is JobAction.REPLAY,
        )


class OperatorJobBody(JobBody):
    """The same; without `tenant_id` it is about the dead letters of all tenants."""

    tenant_id: Text | None = None


class RouteCount(msgspec.Struct):
    """How many dead letters of a route are meant."""

    route_id: int
    count: int


class ForecastAnswer(msgspec.Struct):
    """What a job would be about: how many, by route (at most 100), most first.

    Where `is_exact` is false, there are more than were counted. A job with this `up_to_id` is about
    the same ones, whatever comes meanwhile.
    """

    matched: int
    is_exact: bool
    up_to_id: int
    routes: list[RouteCount]


class JobAnswer(msgspec.Struct):
    """A job. `done`, `failed` and `skipped` are what is true in the table at this moment.

    `tenant_id` is null where it is about the dead letters of all tenants. `matched` is how many
    there were when it was made; where `matched_is_exact` is false, there were more. `reason` says
    why it has STOPPED.
    """

    id: int
    tenant_id: str | None
    action: JobAction
    filter: JobFilter
    up_to_id: int
    route_id: int | None
    staged: bool
    state: JobState
    reason: str | None
    matched: int
    matched_is_exact: bool
    done: int
    failed: int
    skipped: int
    subject: str
    request_id: str
    created_at: Time
    started_at: Time | None
    ended_at: Time | None


class JobAnswerPage(Page):
    """A page of jobs."""

    jobs: list[JobAnswer]


class JobFailureAnswer(msgspec.Struct):
    """A dead letter that a job has not done with, and why."""

    dead_letter_id: int
    outcome: JobOutcome
    error: str
    at: Time


class JobFailurePage(Page):
    """A page of what a job has not done."""

    failures: list[JobFailureAnswer]


def forecast_answer(forecast: JobForecast) -> ForecastAnswer:
    """Show what a job would be about."""
    return ForecastAnswer(
        forecast.matched,
        forecast.is_exact,
        forecast.up_to_id,
        [RouteCount(*each) for each in forecast.routes],
    )


def job_answer(job: Job) -> JobAnswer:
    """Show a job."""
    plan = job.plan
    return JobAnswer(
        id=job.id,
        tenant_id=plan.tenant_id,
        action=plan.action,
        filter=_filter_answer(plan.filter),
        up_to_id=plan.up_to_id,
        route_id=plan.route_id,
        staged=plan.staged,
        state=job.state,
        reason=job.reason,
        matched=job.matched,
        matched_is_exact=job.matched_is_exact,
        done=job.done,
        failed=job.failed,
        skipped=job.skipped,
        subject=job.subject,
        request_id=job.request_id,
        created_at=utc(job.created_at),
        started_at=utc_or_none(job.started_at),
        ended_at=utc_or_none(job.ended_at),
    )


def failure_answer(failure: JobFailure) -> JobFailureAnswer:
    """Show what a job has not done."""
    return JobFailureAnswer(failure.dead_letter_id, failure.outcome, failure.error, utc(failure.at))


def _filter_of(body: JobFilter) -> DeadLetterFilter:
    return DeadLetterFilter(
        statuses=sorted(set(body.status)),
        route_ids=sorted(set(body.route_id)),
        error=body.error,
        cause=body.cause,
        device_id=body.device_id,
        destination_type=body.destination_type,
        start=_in_utc(body.start),
        end=_in_utc(body.end),
        before=body.before,
    )


def _filter_answer(asked: DeadLetterFilter) -> JobFilter:
    return JobFilter(
        status=list(asked.statuses),
        route_id=list(asked.route_ids),
        error=asked.error,
        cause=asked.cause,
        device_id=asked.device_id,
        destination_type=asked.destination_type,
        start=utc_or_none(asked.start),
        end=utc_or_none(asked.end),
        before=asked.before,
    )


def _in_utc(time: datetime | None) -> datetime | None:
    """Bring a time into UTC, as far as there are years."""
    try:
        return None if time is None else time.astimezone(UTC)
    except OverflowError:
        raise invalid([FieldFault("filter", "has a time that is out of range")]) from None
