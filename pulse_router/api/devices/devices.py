"""`/customer/devices`: a tenant's registered devices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final

from msgspec import UNSET
from quart import Response, request

from pulse_router.api.access.paths import Paths
from pulse_router.api.devices import operations
from pulse_router.api.devices.bodies import (
    DeviceBody,
    DevicePage,
    DevicePatch,
    RotationBody,
    counts_answer,
    device_answer,
    device_with_token,
    draft_device,
    make_token,
)
from pulse_router.api.devices.ports import DeviceStore
from pulse_router.api.requests.cursors import BY_NAME, BY_TIME_AND_NAME
from pulse_router.api.requests.json_bodies import or_none, read_body
from pulse_router.api.requests.problems import FieldFault, Problem, found, not_found
from pulse_router.api.requests.reading import (
    read_choice,
    read_number,
    read_page,
    read_query_id,
    read_text,
)
from pulse_router.api.requests.responses import empty_response, json_response
from pulse_router.domain.devices import DeviceChange, DeviceFilter, DeviceSort, hash_provision_token
from pulse_router.domain.messages import DeviceKey, DeviceStatus

PATH: Final = "/customer/devices"
COUNTS: Final = "/customer/device-counts"  # a device may have any name
MAX_SITES: Final = 500


class Devices:
    """Lists, registers, reads, changes and removes devices, and rotates their tokens.

    Args:
        store: Where they are kept.
        devices_changed: Awaited after a write: the answer is given when the router acts on it.
        groups_changed: The same for a tenant's groups, which a removed device leaves.
        alerts_changed: The same for its alerts, which are closed then.
    """

    def __init__(
        self,
        store: DeviceStore,
        devices_changed: Callable[[Collection[DeviceKey]], Awaitable[None]],
        groups_changed: Callable[[str], Awaitable[None]],
        alerts_changed: Callable[[str], Awaitable[None]],
    ) -> None:
        self._store = store
        self._devices_changed = devices_changed
        self._groups_changed = groups_changed
        self._alerts_changed = alerts_changed

    def register(self, paths: Paths) -> None:
        """Register the handlers."""
        one = f"{PATH}/<device_id>"
        rotate = f"{one}/rotate-token"
        paths.customer("GET", PATH, self.list_all, writes=False, operation=operations.LIST)
        paths.customer("GET", COUNTS, self.count, writes=False, operation=operations.COUNT)
        paths.customer("POST", PATH, self.create, writes=True, operation=operations.CREATE)
        paths.customer("GET", one, self.read, writes=False, operation=operations.READ)
        paths.customer("PATCH", one, self.patch, writes=True, operation=operations.PATCH)
        paths.customer("DELETE", one, self.delete, writes=True, operation=operations.DELETE)
        paths.customer("POST", rotate, self.rotate, writes=True, operation=operations.ROTATE)

    async def list_all(self, tenant_id: str) -> Response:
        """Give a page of the tenant's devices."""
        sort = read_choice("sort", DeviceSort) or DeviceSort.DEVICE_ID
        page = read_page(BY_NAME if sort is DeviceSort.DEVICE_ID else BY_TIME_AND_NAME)
        chosen = DeviceFilter(
            status=read_choice("status", DeviceStatus),
            site_id=request.args.get("site_id"),
            group_id=read_query_id("group_id"),
            text=read_text("q", operations.MAX_SEARCH_LENGTH),
            silent_seconds=_read_silent_for(),
        )
        devices = await self._store.list_devices(tenant_id, chosen, page.wanted, sort)
        shown = [device_answer(device) for device in devices.items]
        return json_response(DevicePage(**page.of(devices), devices=shown))

    async def count(self, tenant_id: str) -> Response:
        """Count the tenant's devices by site and status."""
        counts = await self._store.count_devices(
            tenant_id, silent_seconds=_read_silent_for(), most=MAX_SITES
        )
        return json_response(counts_answer(counts))

    async def create(self, tenant_id: str) -> Response:
        """Register a device; its token is shown in this answer and never again."""
        body = await read_body(DeviceBody)
        token = body.provision_token or make_token()
        registered = await self._store.create_devices(tenant_id, [draft_device(body, token)])
        if registered.full is not None:
            raise registered.full
        if not registered.created:
            raise Problem(
                HTTPStatus.CONFLICT,
                "A device of this id is registered already.",
                faults=[FieldFault("device_id", "is taken", body.device_id)],
            )
        [device] = registered.created
        await self._devices_changed([(tenant_id, device.device_id)])
        return json_response(
            device_with_token(device, token),
            HTTPStatus.CREATED,
            Location=f"{request.path}/{device.device_id}",
        )

    async def read(self, tenant_id: str, device_id: str) -> Response:
        """Give one device."""
        device = found(await self._store.load_device(tenant_id, device_id), "device")
        return json_response(device_answer(device))

    async def patch(self, tenant_id: str, device_id: str) -> Response:
        """Move, revoke or reinstate a device."""
        body = await read_body(DevicePatch)
        moves = body.site_id is not UNSET
        change = DeviceChange(
            status=or_none(body.status),
            moves=moves,
            site_id=or_none(body.site_id),
        )
        device = found(await self._store.change_device(tenant_id, device_id, change), "device")
        await self._devices_changed([(tenant_id, device_id)])
        return json_response(device_answer(device))

    async def delete(self, tenant_id: str, device_id: str) -> Response:
        """Remove a device; what it has sent stays."""
        if not await self._store.delete_device(tenant_id, device_id):
            raise not_found("device")
        await self._devices_changed([(tenant_id, device_id)])
        await self._groups_changed(tenant_id)
        await self._alerts_changed(tenant_id)
        return empty_response()

    async def rotate(self, tenant_id: str, device_id: str) -> Response:
        """Give a device a new token, which is shown in this answer and never again."""
        body = await read_body(RotationBody, may_be_empty=True)
        token = body.provision_token or make_token()
        now = datetime.now(UTC)
        device = await self._store.rotate_token(
            tenant_id,
            device_id,
            token_hash=hash_provision_token(token),
            now=now,
            until=now + timedelta(hours=body.overlap_hours),
        )
        await self._devices_changed([(tenant_id, device_id)])
        return json_response(device_with_token(found(device, "device"), token))


def _read_silent_for() -> int | None:
    return read_number("silent_for", None, least=1, most=operations.MAX_SILENT_SECONDS)
