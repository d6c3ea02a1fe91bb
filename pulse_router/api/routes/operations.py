"""What the API description says of a tenant's routes."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import Annotated, Any, Final

from msgspec import Meta

from pulse_router.api.openapi.operations import Answer, Media, Operation
from pulse_router.api.openapi.parameters import PAGE, path_parameter, query_parameter
from pulse_router.api.openapi.preconditions import ETAG, IF_MATCH, IF_NONE_MATCH, STALE
from pulse_router.api.requests.values import Id
from pulse_router.api.routes.bodies import (
    RotatedSecret,
    RotateSecretBody,
    RouteAnswer,
    RouteBody,
    RoutePage,
    RoutePatch,
    RouteStatsAnswer,
)
from pulse_router.api.routes.preview_bodies import (
    MAX_MESSAGES,
    MAX_SECONDS,
    PreviewBody,
    PreviewLine,
)
from pulse_router.api.routes.trial_bodies import (
    DraftTestBody,
    ExplainAnswer,
    ExplainBody,
    RouteTestAnswer,
    RouteTestBody,
)
from pulse_router.api.server.problem_body import LimitProblem
from pulse_router.domain.routes import DestinationType, RouteSort, RouteState
from pulse_router.domain.webhook_config import MAX_TIMEOUT_SECONDS

MAX_Q: Final = 200


class With(StrEnum):
    """What a list of routes shows beside them."""

    STATS = "stats"


TAG: Final = "Message routes"
LINES: Final = "application/x-ndjson"
ROUTE_ID: Final = path_parameter("route_id", Id, "The route's id.")
_GONE: Final = "There is no such route."
_ROUTE: Final = Answer(RouteAnswer, headers=ETAG)
_EXAMPLE: Final[dict[str, Any]] = {
    "name": "Too hot",
    "topic_filter": "tenant/+/device/+/telemetry",
    "destination_type": "webhook",
    "destination_config": {"url": "https://example.com/hook"},
    "payload_filter": {"temperature": {"$gt": 80}},
}

_of_all: Final = partial(Operation, tag=TAG)
_of_one: Final = partial(Operation, tag=TAG, parameters=[ROUTE_ID], problems={404: _GONE})

LIST: Final = _of_all(
    id="list_routes",
    summary="List the routes",
    parameters=[
        query_parameter(
            "q",
            Annotated[str, Meta(min_length=1, max_length=MAX_Q)],
            "Only those whose name or topic filter holds this, in small letters or capitals.",
        ),
        query_parameter("destination_type", DestinationType, "Only those that lead there."),
        query_parameter(
            "state",
            RouteState,
            "Only those that are enabled, disabled, or disabled for their endpoint is gone.",
        ),
        query_parameter("with", With, "Show with each how it does."),
        query_parameter(
            "sort",
            RouteSort,
            "In which order: the oldest first, by name, the last changed first; or those"
            " first that have most pending, most failed attempts, most dead letters. Where figures"
            " move meanwhile, a route may come on two pages or on none.",
            default=RouteSort.ID,
        ),
        *PAGE,
    ],
    answers={200: RoutePage},
)
CREATE: Final = _of_all(
    id="create_route",
    summary="Create a route",
    description=(
        "It is in effect when the answer arrives. A body of your own shape has the `format`"
        " `template`, with a `template` that is a JSON value, or `text`, with one that is a string"
        " and a `content_type`; `template_secrets` are shown as masks, as `secret` is. A template's"
        " faults are told with path and column."
    ),
    body=RouteBody,
    example=_EXAMPLE,
    answers={201: Answer(RouteAnswer, headers={"Location": "Where the route is.", **ETAG})},
    problems={409: "The tenant has as many routes as it may."},
    problem_types={409: LimitProblem},
)
READ: Final = _of_all(
    id="read_route",
    summary="Read a route",
    parameters=[ROUTE_ID, IF_MATCH, IF_NONE_MATCH],
    answers={
        200: _ROUTE,
        304: Answer(None, "The client has it as it is.", headers=ETAG),
    },
    problems={404: _GONE, 412: STALE},
)
REPLACE: Final = _of_all(
    id="replace_route",
    summary="Replace a route",
    description="A secret that is written as it is shown, masked, stays what it was.",
    parameters=[ROUTE_ID, IF_MATCH],
    body=RouteBody,
    example=_EXAMPLE,
    answers={200: _ROUTE},
    problems={404: _GONE, 412: STALE},
)
PATCH: Final = _of_all(
    id="change_route",
    summary="Change a part of a route",
    description=RoutePatch.__doc__ or "",
    parameters=[ROUTE_ID, IF_MATCH],
    body=RoutePatch,
    example={"is_enabled": False},
    answers={200: _ROUTE},
    problems={
        404: _GONE,
        409: "The destination changes, but what it was cannot be read; `fault` says why.",
        412: STALE,
    },
)
DELETE: Final = _of_all(
    id="delete_route",
    summary="Remove a route",
    description="What it has pending becomes dead letters.",
    parameters=[ROUTE_ID, IF_MATCH],
    answers={204: None},
    problems={404: _GONE, 412: STALE},
)
ROTATE_SECRET: Final = _of_all(
    id="rotate_route_secret",
    summary="Give a webhook a new secret",
    description=(
        "The old secrets go on signing beside it until their overlap has ended; `X-Signature-256`"
        " is by the new one at once. A route without a secret gets its first."
    ),
    parameters=[ROUTE_ID, IF_MATCH],
    body=RotateSecretBody,
    body_is_optional=True,
    example={"overlap_hours": 24},
    answers={200: Answer(RotatedSecret, headers=ETAG)},
    problems={
        404: _GONE,
        409: "The route is no webhook, has too many secrets, or they cannot be read.",
        412: STALE,
    },
)
TEST: Final = _of_one(
    id="test_route",
    summary="Try a message on a route",
    description=(
        "The topic is one of the tenant's own. `request` is what would be sent. A delivery is made"
        " once, within the route's limits; its `webhook-id` begins with `test_`, and it is counted"
        " nowhere."
    ),
    body=RouteTestBody,
    example={
        "topic": "tenant/TENANT1/device/DEV-001/telemetry",
        "payload": {"metrics": {"temperature": 90}},
        "deliver": False,
    },
    answers={200: RouteTestAnswer},
    answer_seconds=MAX_TIMEOUT_SECONDS + 60,
)
TEST_DRAFT: Final = _of_all(
    id="test_route_draft",
    summary="Try a message on a route that is not stored",
    description=(
        "Nothing is stored or sent. With `route_id` the draft is a change of that route, and masks"
        " stand for its secrets."
    ),
    body=DraftTestBody,
    example={
        "route": _EXAMPLE,
        "topic": "tenant/TENANT1/device/DEV-001/telemetry",
        "payload": {"metrics": {"temperature": 90}},
    },
    answers={200: RouteTestAnswer},
    problems={404: _GONE},
)
EXPLAIN: Final = _of_all(
    id="explain_routes",
    summary="Ask of all routes, or of one, whether they take a message, and why",
    description=(
        "The message is given, by a topic of the tenant's own and a payload, or named: `event_id`"
        " is that of a stored one, `rejected_id` of a refused one, `dead_letter_id` of what could"
        " not be delivered. Clauses are told of the routes whose topic filter fits. An answer ends"
        " when it weighs a mebibyte; `next` is then `after` of the next call."
    ),
    parameters=PAGE,
    body=ExplainBody,
    example={
        "topic": "tenant/TENANT1/device/DEV-001/telemetry",
        "payload": {"metrics": {"temperature": 90}},
    },
    answers={200: ExplainAnswer},
    problems={404: "There is no such route, or no such message."},
)
PREVIEW: Final = _of_all(
    id="preview_route",
    summary="See what a draft, or a change of a route, would have done with stored messages",
    description=(
        f"At most {MAX_MESSAGES} messages, and {MAX_SECONDS:g} seconds."
        " The answer is a line of progress each second, and then the result. Nothing is stored or"
        " sent. It waits while ingest has much to do, and ends when the client leaves."
    ),
    body=PreviewBody,
    example={"route": _EXAMPLE, "last": 10_000},
    answers={200: Answer(Media(LINES, "Progress, then the result.", line=PreviewLine))},
    problems={
        404: _GONE,
        429: "Another preview of the tenant is under way, or others of others are.",
    },
)
STATS: Final = _of_one(
    id="route_stats",
    summary="See how a route does",
    answers={200: RouteStatsAnswer},
)
