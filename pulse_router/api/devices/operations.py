"""What the API description says of a tenant's devices."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from pulse_router.api.devices.bodies import (
    DeviceAnswer,
    DeviceBody,
    DevicePage,
    DevicePatch,
    DeviceWithToken,
    RotationBody,
)
from pulse_router.api.openapi.operations import Answer, Operation
from pulse_router.api.openapi.parameters import PAGE, path_parameter, query_parameter
from pulse_router.api.requests.values import DeviceId, Id
from pulse_router.domain.messages import DeviceStatus

TAG: Final = "Devices"
MAX_SEARCH_LENGTH: Final = 128
DEVICE_ID: Final = path_parameter("device_id", DeviceId, "The device's id.")
GONE: Final = "There is no such device."

LIST: Final = Operation(
    id="list_devices",
    tag=TAG,
    summary="List the devices, by id",
    parameters=[
        query_parameter("status", DeviceStatus, "Only those of this status."),
        query_parameter("site_id", str, "Only those of this site."),
        query_parameter("group_id", Id, "Only those in this group."),
        query_parameter(
            "q",
            Annotated[str, Meta(max_length=MAX_SEARCH_LENGTH)],
            "Only those whose id has this in it, whatever the case.",
        ),
        *PAGE,
    ],
    answers={200: DevicePage},
)
CREATE: Final = Operation(
    id="create_device",
    tag=TAG,
    summary="Register a device",
    description="Its provision token is in this answer and never shown again.",
    body=DeviceBody,
    example={"device_id": "DEV-001", "site_id": "SITE-1"},
    answers={201: Answer(DeviceWithToken, headers={"Location": "Where the device is."})},
    problems={409: "A device of this id is registered already."},
)
READ: Final = Operation(
    id="read_device",
    tag=TAG,
    summary="Read a device",
    parameters=[DEVICE_ID],
    answers={200: DeviceAnswer},
    problems={404: GONE},
)
PATCH: Final = Operation(
    id="change_device",
    tag=TAG,
    summary="Move, revoke or reinstate a device",
    description="It holds for the next message that the router reads.",
    parameters=[DEVICE_ID],
    body=DevicePatch,
    example={"status": "REVOKED"},
    answers={200: DeviceAnswer},
    problems={404: GONE},
)
DELETE: Final = Operation(
    id="delete_device",
    tag=TAG,
    summary="Remove a device",
    description=(
        "It leaves its groups, and its open alerts are closed. What it has sent stays until"
        " retention takes it."
    ),
    parameters=[DEVICE_ID],
    answers={204: None},
    problems={404: GONE},
)
ROTATE: Final = Operation(
    id="rotate_device_token",
    tag=TAG,
    summary="Give a device a new token",
    description=(
        "The new token is in this answer and never shown again. With `overlap_hours` the one"
        " before holds beside it for so long; without, only the new one holds."
    ),
    parameters=[DEVICE_ID],
    body=RotationBody,
    body_is_optional=True,
    example={"overlap_hours": 24},
    answers={200: DeviceWithToken},
    problems={404: GONE},
)
