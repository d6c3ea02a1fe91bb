"""What the API description says of a tenant's devices."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final

from msgspec import Meta

from pulse_router.api.devices.bodies import (
    DeviceAnswer,
    DeviceBody,
    DeviceCountsAnswer,
    DevicePage,
    DevicePatch,
    DeviceWithToken,
    RotationBody,
)
from pulse_router.api.openapi.operations import Answer, Operation
from pulse_router.api.openapi.parameters import PAGE, path_parameter, query_parameter
from pulse_router.api.requests.values import DeviceId, Id
from pulse_router.api.server.problem_body import LimitProblem
from pulse_router.domain.devices import DeviceSort
from pulse_router.domain.messages import DeviceStatus

TAG: Final = "Devices"
MAX_SEARCH_LENGTH: Final = 128
MAX_SILENT_SECONDS: Final = 10 * 365 * 24 * 3600
DEVICE_ID: Final = path_parameter("device_id", DeviceId, "The device's id.")
_SILENT_FOR: Final = query_parameter(
    "silent_for",
    Annotated[int, Meta(ge=1, le=MAX_SILENT_SECONDS)],
    "Only those that were not heard of for so many seconds, nor registered since.",
)
GONE: Final = "There is no such device."

_of_all: Final = partial(Operation, tag=TAG)
_of_one: Final = partial(Operation, tag=TAG, parameters=[DEVICE_ID], problems={404: GONE})

LIST: Final = _of_all(
    id="list_devices",
    summary="List the devices",
    parameters=[
        query_parameter("status", DeviceStatus, "Only those of this status."),
        query_parameter("site_id", str, "Only those of this site."),
        query_parameter("group_id", Id, "Only those in this group."),
        query_parameter(
            "q",
            Annotated[str, Meta(max_length=MAX_SEARCH_LENGTH)],
            "Only those whose id has this in it, whatever the case.",
        ),
        _SILENT_FOR,
        query_parameter(
            "sort",
            DeviceSort,
            "In which order: by id; those first that are silent for longest; the newest first.",
            default=DeviceSort.DEVICE_ID,
        ),
        *PAGE,
    ],
    answers={200: DevicePage},
)
COUNT: Final = _of_all(
    id="count_devices",
    summary="Count the devices by site and status",
    parameters=[
        query_parameter(
            "silent_for",
            _SILENT_FOR.kind,
            "Count those as silent that were not heard of for so many seconds.",
        )
    ],
    answers={200: DeviceCountsAnswer},
)
CREATE: Final = _of_all(
    id="create_device",
    summary="Register a device",
    description="Its provision token is in this answer and never shown again.",
    body=DeviceBody,
    example={"device_id": "DEV-001", "site_id": "SITE-1"},
    answers={201: Answer(DeviceWithToken, headers={"Location": "Where the device is."})},
    problems={
        409: "A device of this id is registered already, or the tenant has as many as it may."
    },
    problem_types={409: LimitProblem},
)
READ: Final = _of_one(
    id="read_device",
    summary="Read a device",
    answers={200: DeviceAnswer},
)
PATCH: Final = _of_one(
    id="change_device",
    summary="Move, revoke or reinstate a device",
    description="It holds for the next message that the router reads.",
    body=DevicePatch,
    example={"status": "REVOKED"},
    answers={200: DeviceAnswer},
)
DELETE: Final = _of_one(
    id="delete_device",
    summary="Remove a device",
    description=(
        "It leaves its groups, and its open alerts are closed. What it has sent stays until"
        " retention takes it."
    ),
    answers={204: None},
)
ROTATE: Final = _of_one(
    id="rotate_device_token",
    summary="Give a device a new token",
    description=(
        "The new token is in this answer and never shown again. With `overlap_hours` the one"
        " before holds beside it for so long; without, only the new one holds."
    ),
    body=RotationBody,
    body_is_optional=True,
    example={"overlap_hours": 24},
    answers={200: DeviceWithToken},
)
