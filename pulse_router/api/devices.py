"""`/customer/devices`: a tenant's registered devices."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Collection
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from msgspec import Meta
from quart import Response, request

from pulse_router.api.access import Paths
from pulse_router.api.operations import PAGE, Answer, Operation, Time
from pulse_router.api.ports import DeviceStore
from pulse_router.api.problems import FieldFault, Problem
from pulse_router.api.requests import DeviceId, read_body, read_page
from pulse_router.api.responses import Page, json_response, utc, utc_or_none
from pulse_router.domain.devices import RegisteredDevice, hash_provision_token
from pulse_router.domain.messages import DeviceKey, DeviceStatus

PATH: Final = "/customer/devices"
TAG: Final = "Devices"
_TOKEN_BYTES: Final = 24


class DeviceBody(msgspec.Struct):
    """A device to register; without a token of its own it gets one."""

    device_id: DeviceId
    site_id: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    provision_token: Annotated[str, Meta(min_length=8, max_length=256)] | None = None


class DeviceAnswer(msgspec.Struct):
    """A registered device. `last_seen_at` is null until it has sent something."""

    tenant_id: str
    device_id: str
    site_id: str | None
    status: DeviceStatus
    created_at: Time
    last_seen_at: Time | None


class DeviceWithToken(DeviceAnswer):
    """A device and its provision token, which is shown this once."""

    provision_token: str


class DevicePage(Page):
    """A page of devices."""

    devices: list[DeviceAnswer]


_LIST: Final = Operation(
    id="list_devices",
    tag=TAG,
    summary="List the devices, by id",
    parameters=PAGE,
    answers={200: DevicePage},
)
_CREATE: Final = Operation(
    id="create_device",
    tag=TAG,
    summary="Register a device",
    description="Its provision token is in this answer and never shown again.",
    body=DeviceBody,
    example={"device_id": "DEV-001", "site_id": "SITE-1"},
    answers={201: Answer(DeviceWithToken, headers={"Location": "Where the device is."})},
    problems={409: "A device of this id is registered already."},
)


class Devices:
    """Lists and registers devices.

    Args:
        store: Where they are kept.
        devices_changed: Awaited after a write: the answer is given when the router acts on it.
    """

    def __init__(
        self,
        store: DeviceStore,
        devices_changed: Callable[[Collection[DeviceKey]], Awaitable[None]],
    ) -> None:
        self._store = store
        self._devices_changed = devices_changed

    def register(self, paths: Paths) -> None:
        """Register the handlers."""
        paths.customer("GET", PATH, self.list_all, writes=False, operation=_LIST)
        paths.customer("POST", PATH, self.create, writes=True, operation=_CREATE)

    async def list_all(self, tenant_id: str) -> Response:
        """Give a page of the tenant's devices."""
        page = read_page()
        devices, total = await self._store.list_devices(
            tenant_id, limit=page.limit, offset=page.offset
        )
        shown = [device_answer(device) for device in devices]
        return json_response(
            DevicePage(devices=shown, total=total, limit=page.limit, offset=page.offset)
        )

    async def create(self, tenant_id: str) -> Response:
        """Register a device; its token is shown in this answer and never again."""
        body = await read_body(DeviceBody)
        token = body.provision_token or secrets.token_urlsafe(_TOKEN_BYTES)
        device = await self._store.create_device(
            tenant_id,
            body.device_id,
            site_id=body.site_id,
            token_hash=hash_provision_token(token),
        )
        if device is None:
            raise Problem(
                HTTPStatus.CONFLICT,
                "A device of this id is registered already.",
                faults=[FieldFault("device_id", "is taken", body.device_id)],
            )
        await self._devices_changed([(tenant_id, device.device_id)])
        return json_response(
            DeviceWithToken(**msgspec.structs.asdict(device_answer(device)), provision_token=token),
            HTTPStatus.CREATED,
            **{"Location": f"{request.path}/{device.device_id}", "Cache-Control": "no-store"},
        )


def device_answer(device: RegisteredDevice) -> DeviceAnswer:
    """Show a device."""
    return DeviceAnswer(
        tenant_id=device.tenant_id,
        device_id=device.device_id,
        site_id=device.site_id,
        status=device.status,
        created_at=utc(device.created_at),
        last_seen_at=utc_or_none(device.last_seen_at),
    )
