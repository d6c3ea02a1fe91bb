"""What the API description says of a tenant's dead letters."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final

from msgspec import Meta

from pulse_router.api.dead_letters.bodies import (
    MAX_BATCH,
    MAX_BUCKETS,
    BatchAnswer,
    BatchBody,
    Days,
    DeadLetterAnswer,
    DeadLetterChange,
    DeadLetterPage,
    NotReplayedAnswer,
    PurgeAnswer,
    PurgeBody,
    ReplayBody,
    SummaryPage,
)
from pulse_router.api.dead_letters.filters import FILTERS
from pulse_router.api.openapi.operations import Operation
from pulse_router.api.openapi.parameters import (
    FIELDS,
    LIMIT,
    OFFSET,
    PAGE,
    path_parameter,
    query_parameter,
)
from pulse_router.api.requests.values import Id

TAG: Final = "Dead letters"
DEAD_LETTER_ID: Final = path_parameter("dead_letter_id", Id, "The dead letter's id.")
REPLAY_SECONDS: Final = 400.0
"""Half a minute for its turn, and as long as a webhook may take."""
_GONE: Final = "There is no such dead letter."
_BUSY: Final = "The dead letter is being replayed."

_of_all: Final = partial(Operation, tag=TAG)
_of_one: Final = partial(Operation, tag=TAG, parameters=[DEAD_LETTER_ID], problems={404: _GONE})

LIST: Final = _of_all(
    id="list_dead_letters",
    summary="List the dead letters, newest first",
    parameters=[*FILTERS, *PAGE, FIELDS],
    description="By `offset`, a page that would weigh more than 1 MiB shows no further payloads:"
    " they are null, and come with the single one.",
    answers={200: DeadLetterPage},
)
SUMMARY: Final = _of_all(
    id="summarize_dead_letters",
    summary="Count the dead letters by route and error",
    description="Those of the newest 50,000; `is_exact` says whether that is all. What `error`,"
    " `cause` and `destination_type` ask for is looked for among these.",
    parameters=[
        *FILTERS,
        query_parameter(
            "buckets",
            Annotated[int, Meta(ge=0, le=MAX_BUCKETS)],
            "Into how many pieces the time between `from` and `to` is cut, or between the oldest"
            " and the newest of those that are counted.",
            default=0,
        ),
        LIMIT,
        OFFSET,
    ],
    answers={200: SummaryPage},
)
READ: Final = _of_one(
    id="read_dead_letter",
    summary="Read a dead letter",
    answers={200: DeadLetterAnswer},
)
REPLAY: Final = _of_all(
    id="replay_dead_letter",
    summary="Attempt the delivery now",
    description="It is made by the route as it is now, or by the one that `route_id` names, in its"
    " turn beside the route's other deliveries, and also while the endpoint is given up on.",
    answer_seconds=REPLAY_SECONDS,
    parameters=[DEAD_LETTER_ID],
    body=ReplayBody,
    body_is_optional=True,
    answers={200: DeadLetterChange},
    problems={
        400: "The dead letter is not FAILED.",
        404: _GONE,
        409: f"The route is gone. Or: {_BUSY}",
        502: "The delivery failed; `error` says how.",
        503: "The delivery was not attempted; `detail` says why.",
    },
    problem_types={502: NotReplayedAnswer},
)
REPLAY_BATCH: Final = _of_all(
    id="replay_dead_letters",
    summary="Attempt several deliveries now",
    description=f"At most {MAX_BATCH}, each by its own route, as many at once as that allows."
    " What is not begun within 45 s, or follows a failure of an endpoint that fails again and"
    " again, is SKIPPED and stays as it is.",
    answer_seconds=REPLAY_SECONDS,
    body=BatchBody,
    example={"ids": [1, 2]},
    answers={200: BatchAnswer},
)
DISCARD: Final = _of_all(
    id="discard_dead_letter",
    summary="Give a dead letter up for good",
    description="It stays to be seen, as DISCARDED.",
    parameters=[DEAD_LETTER_ID],
    answers={200: DeadLetterChange},
    problems={400: "The dead letter is not FAILED.", 404: _GONE, 409: _BUSY},
)
RESTORE: Final = _of_all(
    id="restore_dead_letter",
    summary="Take back that a dead letter was given up",
    description="One that is DISCARDED is FAILED again.",
    parameters=[DEAD_LETTER_ID],
    answers={200: DeadLetterChange},
    problems={400: "The dead letter is not DISCARDED.", 404: _GONE},
)
PURGE: Final = _of_all(
    id="purge_dead_letters",
    summary="Remove dead letters by age",
    description="Whatever their status. The age stands in the body or in the query, and so may"
    " `dry_run`: then nothing is removed, and `would_purge` says how many would be.",
    parameters=[
        query_parameter("older_than_days", Days, "The age, where the body has none."),
        query_parameter("dry_run", bool, "Whether they are only counted.", default=False),
    ],
    body=PurgeBody,
    body_is_optional=True,
    example={"older_than_days": 30},
    answers={200: PurgeAnswer},
)
