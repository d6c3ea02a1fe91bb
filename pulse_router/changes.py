"""Acts on what the database announces, and on what the API has just written."""

from __future__ import annotations

from collections.abc import Collection

import attrs
import msgspec
import structlog

from pulse_router.api.routes.pages import RoutePages
from pulse_router.delivery.dispatcher import Dispatcher
from pulse_router.domain.messages import DeviceKey
from pulse_router.ingest.registry import DeviceRegistry
from pulse_router.ingest.route_table import RouteTable
from pulse_router.streaming.alerts import AlertFeed
from pulse_router.streaming.broadcaster import Broadcaster

_log = structlog.get_logger()


class Change(msgspec.Struct):
    """What the trigger `pulse_announce` says."""

    table: str
    tenant_id: str
    device_id: str | None = None


def read_change(payload: str) -> Change | None:
    """Read an announcement; None when it cannot be read, for any login may send one.

    Another version's may say more than this one knows, and is read all the same.
    """
    try:
        return msgspec.json.decode(payload, type=Change)
    except (msgspec.DecodeError, RecursionError):
        _log.warning("an announcement that cannot be read: anything may have changed")
        return None


@attrs.frozen(kw_only=True)
class Changes:
    """Passes changes on to the parts that remember what the database holds.

    Every method raises `Unavailable` when the new state cannot be read now.
    """

    route_pages: RoutePages
    registry: DeviceRegistry
    routes: RouteTable
    dispatcher: Dispatcher
    broadcaster: Broadcaster
    alerts: AlertFeed

    async def act_on(self, payload: str | None) -> None:
        """Act on an announcement; None means that anything may have changed."""
        change = None if payload is None else read_change(payload)
        if change is None:
            self.registry.forget_all()
            self.route_pages.forget()
            await self.broadcaster.groups_changed()
            await self.alerts.changed()
            await self.act_on_routes()
            return
        match change.table:
            case "message_routes":
                await self.act_on_routes()
            case "devices" if change.device_id is not None:
                self.registry.forget((change.tenant_id, change.device_id))
            case "devices":
                self.registry.forget_all()
            case "device_groups" | "device_group_members":
                await self.broadcaster.groups_changed(change.tenant_id)
            case "alerts":
                await self.alerts.changed(change.tenant_id)

    async def act_on_routes(self) -> None:
        """Show, match and deliver by the routes as they are now; when this returns, it is so."""
        self.route_pages.forget()
        await self.routes.refresh()
        await self.dispatcher.reload_routes()

    async def act_on_devices(self, keys: Collection[DeviceKey]) -> None:
        """Look these devices up again when they speak."""
        for key in keys:
            self.registry.forget(key)
