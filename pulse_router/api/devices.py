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
from pulse_router.api.ports import DeviceStore
from pulse_router.api.problems import FieldFault, Problem
from pulse_router.api.requests import DeviceId, read_body, read_page
from pulse_router.api.responses import device_json, json_response, page_json
from pulse_router.domain.devices import hash_provision_token
from pulse_router.domain.messages import DeviceKey

PATH: Final = "/customer/devices"
_TOKEN_BYTES: Final = 24


class DeviceBody(msgspec.Struct):
    """A device to register; without a token of its own it gets one."""

    device_id: DeviceId
    site_id: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    provision_token: Annotated[str, Meta(min_length=8, max_length=256)] | None = None


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
        paths.customer("GET", PATH, self.list_all, writes=False)
        paths.customer("POST", PATH, self.create, writes=True)

    async def list_all(self, tenant_id: str) -> Response:
        """Give a page of the tenant's devices."""
        page = read_page()
        devices, total = await self._store.list_devices(
            tenant_id, limit=page.limit, offset=page.offset
        )
        shown = [device_json(device) for device in devices]
        return json_response(
            page_json("devices", shown, total, limit=page.limit, offset=page.offset)
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
            device_json(device) | {"provision_token": token},
            HTTPStatus.CREATED,
            **{"Location": f"{request.path}/{device.device_id}", "Cache-Control": "no-store"},
        )
