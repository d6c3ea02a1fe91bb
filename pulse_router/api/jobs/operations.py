"""What the API description says of jobs."""

from __future__ import annotations

from functools import partial
from typing import Final

import attrs

from pulse_router.api.jobs.bodies import (
    ForecastAnswer,
    JobAnswer,
    JobAnswerPage,
    JobBody,
    JobFailurePage,
    OperatorJobBody,
)
from pulse_router.api.openapi.operations import Answer, Operation
from pulse_router.api.openapi.parameters import PAGE, path_parameter, query_parameter
from pulse_router.api.requests.values import Id
from pulse_router.domain.dead_letters.jobs import JobState

TAG: Final = "Jobs"
OPERATORS: Final = "Operators"
_JOB_ID: Final = path_parameter("job_id", Id, "The job's id.")
_GONE: Final = {404: "There is no such job."}
_NOT_NOW: Final = {**_GONE, 409: "The job's state does not allow it."}
_of_one: Final = partial(Operation, tag=TAG, parameters=[_JOB_ID], answers={200: JobAnswer})

LIST: Final = Operation(
    id="list_jobs",
    tag=TAG,
    summary="List the jobs, newest first",
    parameters=[query_parameter("state", JobState, "Only those in this state."), *PAGE],
    answers={200: JobAnswerPage},
)
CREATE: Final = Operation(
    id="create_job",
    tag=TAG,
    summary="Replay, discard, restore or purge many dead letters",
    description=(
        "About the dead letters that the filter finds up to `up_to_id`, or up to the newest of"
        " now; what comes later is not touched. Only FAILED ones are replayed and discarded, only"
        " DISCARDED ones restored. `route_id` replays by another route. With `staged`, one is"
        " replayed, then ten one by one, then the rest; the job stops when one of the first eleven"
        " fails, or the endpoint fails again and again. With `dry_run` nothing is done but to"
        " count. One job of a tenant runs at a time, the others wait for it."
    ),
    body=JobBody,
    example={"action": "replay", "filter": {"route_id": [7], "error": "HTTP 503"}},
    answers={
        200: Answer(ForecastAnswer, "How many it would be about, for a dry run."),
        201: Answer(JobAnswer, headers={"Location": "Where it is."}),
    },
    problems={409: "Too many jobs of the tenant are not at their end."},
)
READ: Final = _of_one(id="read_job", summary="Read a job", problems=_GONE)
FAILURES: Final = Operation(
    id="list_job_failures",
    tag=TAG,
    summary="List what a job has not done, and why",
    description="Those that have FAILED again, and those that were passed over (SKIPPED).",
    parameters=[_JOB_ID, *PAGE],
    answers={200: JobFailurePage},
    problems=_GONE,
)
PAUSE: Final = _of_one(
    id="pause_job",
    summary="Pause a job",
    description="Attempts that are under way end, and count.",
    problems=_NOT_NOW,
)
RESUME: Final = _of_one(
    id="resume_job",
    summary="Go on with a job that is paused or has stopped",
    description="One that has stopped by itself tries again what has failed.",
    problems=_NOT_NOW,
)
CANCEL: Final = _of_one(
    id="cancel_job",
    summary="End a job for good",
    description="What is done stays done.",
    problems=_NOT_NOW,
)


def of_operators(operation: Operation) -> Operation:
    """Describe what an operator does as a customer does it, across tenants."""
    return attrs.evolve(
        operation,
        id=f"operator_{operation.id}",
        tag=OPERATORS,
        summary=f"{operation.summary}, of any tenant",
        body=None if operation.body is None else OperatorJobBody,
    )
