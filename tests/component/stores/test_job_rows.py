"""Whatever stands in a row of a job, it is shown, or it alone is left out."""

from __future__ import annotations

from typing import Any, cast

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from pulse_router.api.jobs.bodies import job_answer
from pulse_router.api.requests.responses import encode_json
from pulse_router.domain.dead_letters.jobs import JobAction, JobState
from pulse_router.postgres.database import Database
from pulse_router.postgres.pool import Pool
from pulse_router.postgres.transaction import Deadlines, Record
from pulse_router.runtime.seldom import Seldom
from pulse_router.stores.jobs.rows import read_job
from pulse_router.stores.reading import read_each
from tests.support.hostile.values import SCALARS, TIMES, json_texts

NUMBERS = st.integers(-(2**63), 2**63 - 1)
NAMES = st.text(max_size=8)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "status": st.lists(st.sampled_from(["FAILED", "ASLEEP"])) | SCALARS,
        "route_id": st.lists(NUMBERS) | SCALARS,
        "error": SCALARS,
        "cause": st.just("no_answer") | SCALARS,
        "from": TIMES.map(str) | SCALARS,
        "before": SCALARS,
        "site_id": SCALARS,  # of a later version
    },
)
JOB_ROWS = st.fixed_dictionaries(
    {
        "id": NUMBERS,
        "tenant_id": NAMES,
        "action": st.sampled_from([*JobAction]) | NAMES,
        "filter": json_texts(FILTERS),
        "up_to_id": NUMBERS,
        "route_id": st.none() | NUMBERS,
        "staged": st.booleans(),
        "state": st.sampled_from([*JobState]) | NAMES,
        "reason": st.none() | NAMES,
        "matched": NUMBERS,
        "matched_is_exact": st.booleans(),
        "cursor": NUMBERS,
        "done": NUMBERS,
        "failed": NUMBERS,
        "skipped": NUMBERS,
        "tried": NUMBERS,
        "subject": NAMES,
        "actor": NAMES,
        "request_id": NAMES,
        "created_at": TIMES,
        "started_at": st.none() | TIMES,
        "ended_at": st.none() | TIMES,
    }
)


@given(st.lists(JOB_ROWS, max_size=5, unique_by=lambda row: row["id"]))
def test_a_job_of_another_kind_is_left_out_and_the_others_are_shown(
    rows: list[dict[str, Any]],
) -> None:
    database = Database(cast("Pool", None), Deadlines())  # it is never asked
    database.told = Seldom(clock=lambda: 0.0)
    with capture_logs():
        found = read_each(database, cast("list[Record]", rows), read_job)
    for job in found:
        assert msgspec.json.decode(encode_json(job_answer(job)))["id"] == job.id
    kinds = {row["id"]: (row["action"], row["state"]) for row in rows}
    assert all(kinds[job.id] == (job.plan.action, job.state) for job in found)
    plain = [row["id"] for row in rows if row["filter"] == "{}"]
    known = [
        number
        for number in plain
        if kinds[number][0] in set(JobAction) and kinds[number][1] in set(JobState)
    ]
    assert set(known) <= {job.id for job in found}
