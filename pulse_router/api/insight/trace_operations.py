"""What the API description says of traces."""

from __future__ import annotations

from functools import partial
from typing import Final

from pulse_router.api.insight.messages import EVENT_ID, TAG
from pulse_router.api.insight.trace_bodies import NotTraced, TraceAnswer
from pulse_router.api.openapi.operations import Operation
from pulse_router.api.openapi.parameters import PAGE, path_parameter
from pulse_router.api.requests.values import EventId, Id

_trace: Final = partial(
    Operation,
    tag=TAG,
    answers={200: TraceAnswer},
    problems={404: "There is none, or nothing of it is kept; `searched` says where was looked."},
    problem_types={404: NotTraced},
)
MESSAGE: Final = _trace(
    id="trace_message",
    summary="See what became of a message, and why",
    description=(
        "Of each route: whether it took the message then, as far as that is recorded or follows"
        " from what was changed since, and whether it would now. The routes come by page, which"
        " ends when it weighs a mebibyte."
    ),
    parameters=[EVENT_ID, *PAGE],
)
REFUSAL: Final = _trace(
    id="trace_rejected_message",
    summary="See why a message was refused, and which routes would take it",
    parameters=[path_parameter("message_id", Id, "The refused message's id."), *PAGE],
)
DELIVERY: Final = _trace(
    id="trace_delivery",
    summary="See what became of the message of a delivery, by its `webhook-id`",
    parameters=[path_parameter("delivery_id", EventId, "The delivery's id."), *PAGE],
)
