"""What the API description says of a tenant's routes."""

from __future__ import annotations

from typing import Any, Final

from pulse_router.api.message_route_bodies import RouteAnswer, RouteBody, RoutePage, RoutePatch
from pulse_router.api.operations import PAGE, Answer, Id, Operation, path_parameter
from pulse_router.api.preconditions import ETAG, IF_MATCH, IF_NONE_MATCH, STALE

TAG: Final = "Message routes"
ROUTE_ID: Final = path_parameter("route_id", Id, "The route's id.")
_GONE: Final = "There is no such route."
_UNREADABLE: Final = "The route's secrets cannot be read; its `fault` says why."
_ROUTE: Final = Answer(RouteAnswer, headers=ETAG)
_EXAMPLE: Final[dict[str, Any]] = {
    "name": "Too hot",
    "topic_filter": "tenant/+/device/+/telemetry",
    "destination_type": "webhook",
    "destination_config": {"url": "https://example.com/hook"},
    "payload_filter": {"temperature": {"$gt": 80}},
}

LIST: Final = Operation(
    id="list_routes",
    tag=TAG,
    summary="List the routes, oldest first",
    parameters=PAGE,
    answers={200: RoutePage},
)
CREATE: Final = Operation(
    id="create_route",
    tag=TAG,
    summary="Create a route",
    description="It is in effect when the answer arrives.",
    body=RouteBody,
    example=_EXAMPLE,
    answers={201: Answer(RouteAnswer, headers={"Location": "Where the route is.", **ETAG})},
)
READ: Final = Operation(
    id="read_route",
    tag=TAG,
    summary="Read a route",
    parameters=[ROUTE_ID, IF_MATCH, IF_NONE_MATCH],
    answers={
        200: _ROUTE,
        304: Answer(None, "The client has it as it is.", headers=ETAG),
    },
    problems={404: _GONE, 412: STALE},
)
REPLACE: Final = Operation(
    id="replace_route",
    tag=TAG,
    summary="Replace a route",
    description="A secret that is written as it is shown, masked, stays what it was.",
    parameters=[ROUTE_ID, IF_MATCH],
    body=RouteBody,
    example=_EXAMPLE,
    answers={200: _ROUTE},
    problems={404: _GONE, 412: STALE},
)
PATCH: Final = Operation(
    id="change_route",
    tag=TAG,
    summary="Change a part of a route",
    description=RoutePatch.__doc__ or "",
    parameters=[ROUTE_ID, IF_MATCH],
    body=RoutePatch,
    example={"is_enabled": False},
    answers={200: _ROUTE},
    problems={404: _GONE, 412: STALE},
)
DELETE: Final = Operation(
    id="delete_route",
    tag=TAG,
    summary="Remove a route",
    description="What it has pending becomes dead letters.",
    parameters=[ROUTE_ID, IF_MATCH],
    answers={204: None},
    problems={404: _GONE, 412: STALE},
)
