"""`/customer/jobs` and `/operator/jobs`: the same done with many dead letters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Final

from quart import Response

from pulse_router.api.access.paths import Paths
from pulse_router.api.jobs import operations
from pulse_router.api.jobs.bodies import (
    JobAnswerPage,
    JobBody,
    JobFailurePage,
    OperatorJobBody,
    failure_answer,
    forecast_answer,
    job_answer,
)
from pulse_router.api.jobs.ports import JobStore
from pulse_router.api.openapi.operations import Operation
from pulse_router.api.requests.cursors import BY_ID
from pulse_router.api.requests.json_bodies import read_body
from pulse_router.api.requests.problems import Problem, found
from pulse_router.api.requests.reading import read_choice, read_id, read_page
from pulse_router.api.requests.responses import json_response
from pulse_router.domain.dead_letters.jobs import JobPlan, JobRefused, JobState

Handler = Callable[..., Awaitable[Response]]
_MOVES: Final = (
    ("pause", JobState.PAUSED, operations.PAUSE),
    ("resume", JobState.WAITING, operations.RESUME),
    ("cancel", JobState.CANCELLED, operations.CANCEL),
)


class Jobs:
    """Makes jobs, shows them, and brings them from one state into another.

    Args:
        store: The jobs.
        wake: Told that there is something to be worked on; it never waits.
    """

    def __init__(self, store: JobStore, wake: Callable[[], None]) -> None:
        self._store = store
        self._wake = wake

    def register(self, paths: Paths) -> None:
        """Register the handlers, for tenants and for operators."""
        for method, path, handler, operation in self._handlers("/customer/jobs"):
            paths.customer(method, path, handler, writes=method != "GET", operation=operation)
        for method, path, handler, operation in self._handlers("/operator/jobs"):
            creates = operation is operations.CREATE
            theirs = self.create_of_operator if creates else partial(handler, None)
            described = operations.of_operators(operation)
            paths.operator(method, path, theirs, writes=method != "GET", operation=described)

    def _handlers(self, path: str) -> list[tuple[str, str, Handler, Operation]]:
        one = f"{path}/<job_id>"
        return [
            ("GET", path, self.list_all, operations.LIST),
            ("POST", path, self.create, operations.CREATE),
            ("GET", one, self.read, operations.READ),
            ("GET", f"{one}/failures", self.list_failures, operations.FAILURES),
            *(
                ("POST", f"{one}/{name}", partial(self._move, state=state), operation)
                for name, state, operation in _MOVES
            ),
        ]

    async def list_all(self, viewer: str | None) -> Response:
        """Give a page of the jobs."""
        page = read_page(BY_ID)
        state = read_choice("state", JobState)
        jobs = await self._store.list_jobs(viewer, state=state, wanted=page.wanted)
        shown = [job_answer(job) for job in jobs.items]
        return json_response(JobAnswerPage(**page.of(jobs), jobs=shown))

    async def create(self, tenant_id: str) -> Response:
        """Make a job, or count what it would be about."""
        body = await read_body(JobBody)
        return await self._create(tenant_id, body.plan(tenant_id), "customer", body.dry_run)

    async def create_of_operator(self) -> Response:
        """Make a job about a tenant's dead letters, or everybody's."""
        body = await read_body(OperatorJobBody)
        return await self._create(None, body.plan(body.tenant_id), "operator", body.dry_run)

    async def read(self, viewer: str | None, job_id: str) -> Response:
        """Give one job."""
        job = await self._store.load_job(viewer, read_id("job_id", job_id))
        return json_response(job_answer(found(job, "job")))

    async def list_failures(self, viewer: str | None, job_id: str) -> Response:
        """Give a page of what a job has not done."""
        number = read_id("job_id", job_id)
        page = read_page(BY_ID)
        found(await self._store.load_job(viewer, number), "job")
        failures = await self._store.list_failures(viewer, number, page.wanted)
        shown = [failure_answer(failure) for failure in failures.items]
        return json_response(JobFailurePage(**page.of(failures), failures=shown))

    async def _create(
        self,
        viewer: str | None,
        plan: JobPlan,
        place: str,
        dry_run: bool,
    ) -> Response:
        if dry_run:
            return json_response(forecast_answer(await self._store.forecast(viewer, plan)))
        made = await self._store.create_job(viewer, plan)
        if isinstance(made, JobRefused):
            raise Problem(
                HTTPStatus.CONFLICT, "Too many jobs are not at their end; cancel some of them."
            )
        self._wake()
        where = f"/api/v1/{place}/jobs/{made.id}"
        return json_response(job_answer(made), HTTPStatus.CREATED, Location=where)

    async def _move(self, viewer: str | None, job_id: str, *, state: JobState) -> Response:
        number = read_id("job_id", job_id)
        moved = await self._store.move_job(viewer, number, state)
        if isinstance(moved, JobRefused):
            job = found(await self._store.load_job(viewer, number), "job")
            raise Problem(HTTPStatus.CONFLICT, f"The job is {job.state}, which does not allow it.")
        self._wake()
        return json_response(job_answer(found(moved, "job")))
