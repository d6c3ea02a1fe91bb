"""Acts on what the database announces, and on what the API has just written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, Protocol

import attrs
import msgspec
import structlog

from pulse_router.api.routes.pages import RoutePages
from pulse_router.delivery.dispatcher import Dispatcher
from pulse_router.domain.messages import DeviceKey
from pulse_router.ingest.registry import DeviceRegistry
from pulse_router.ingest.route_table import RouteTable
from pulse_router.stores.announcements import Mark, News
from pulse_router.streaming.alerts import AlertFeed
from pulse_router.streaming.broadcaster import Broadcaster
from pulse_router.streaming.changes import ChangeFeed

_ROUTES: Final = "message_routes"

_KINDS: Final = {
    _ROUTES: "routes",
    "devices": "devices",
    "device_groups": "groups",
    "device_group_members": "groups",
    "alerts": "alerts",
}
"""As what live clients are told of a change in a table."""

_log = structlog.get_logger()


class Change(msgspec.Struct):
    """What the trigger `pulse_announce` says, and `pulse_announce_due` of what waits."""

    table: str
    tenant_id: str
    device_id: str | None = None
    route_id: int | None = None
    resumes: bool = False


def read_change(payload: str) -> Change | None:
    """Read an announcement; None when it cannot be read, for any login may send one.

    Another version's may say more than this one knows, and is read all the same.
    """
    try:
        return msgspec.json.decode(payload, type=Change)
    except (msgspec.DecodeError, RecursionError):
        _log.warning("an announcement that cannot be read: anything may have changed")
        return None


class Announced(Protocol):
    """Where announcements are written down, for who did not hear them."""

    async def read_since(self, mark: Mark | None) -> News:
        """Read what was announced since a moment; the answer has the moment of the reading.

        Raises:
            Unavailable: It cannot be read now.
        """
        ...


@attrs.define(kw_only=True)
class Changes:
    """Passes changes on to the parts that remember what the database holds.

    Every method raises `Unavailable` when the new state cannot be read now.
    """

    announced: Announced
    route_pages: RoutePages
    registry: DeviceRegistry
    routes: RouteTable
    dispatcher: Dispatcher
    broadcaster: Broadcaster
    alerts: AlertFeed
    hints: ChangeFeed
    _caught_up: Mark | None = None

    async def catch_up(self) -> None:
        """Act on all that was announced since this was last done, whether it was heard or not."""
        news = await self.announced.read_since(self._caught_up)
        changes = [read_change(payload) for payload in news.payloads or ()]
        if news.payloads is None or None in changes:
            await self.act_on_all()
        else:
            for change in changes:
                if change is not None and change.table != _ROUTES:
                    await self._act_on(change)
            of_routes = [change for change in changes if change and change.table == _ROUTES]
            if of_routes:
                await self._act_on_routes(of_routes)
                for change in of_routes:
                    self._hint(change)
        self._caught_up = news.mark

    def doubt_all(self) -> None:
        """Believe no record of what was announced: some ways of writing announce nothing.

        A replica's are such: the next time of catching up acts as if anything had changed.
        """
        self._caught_up = None

    async def act_on(self, payload: str) -> None:
        """Act on an announcement."""
        change = read_change(payload)
        if change is None:
            await self.act_on_all()
        else:
            await self._act_on(change)

    async def act_on_all(self) -> None:
        """Act as if anything could have changed."""
        self.registry.forget_all()
        self.route_pages.forget()
        await self.broadcaster.groups_changed()
        await self.alerts.changed()
        await self.act_on_routes()
        self.hints.note_all()

    async def _act_on(self, change: Change) -> None:
        match change.table:
            case "message_routes":
                await self._act_on_routes([change])
            case "devices" if change.device_id is not None:
                self.registry.forget((change.tenant_id, change.device_id))
            case "devices":
                self.registry.forget_all()
            case "device_groups" | "device_group_members":
                await self.broadcaster.groups_changed(change.tenant_id)
            case "route_deliveries" if change.route_id is not None:
                self.dispatcher.hurry(change.route_id, resumes=change.resumes)
            case "alerts":
                await self.alerts.changed(change.tenant_id)
        self._hint(change)

    def _hint(self, change: Change) -> None:
        """Tell those who look what to read again, now that it is in effect."""
        kind = _KINDS.get(change.table)
        if kind is not None:
            named = {"routes": change.route_id, "devices": change.device_id}.get(kind)
            self.hints.note(change.tenant_id, kind, named)

    async def _act_on_routes(self, changes: Sequence[Change]) -> None:
        ids = {change.route_id for change in changes if change.route_id is not None}
        is_each_named = all(change.route_id is not None for change in changes)
        await self.act_on_routes(ids if is_each_named else None)

    async def act_on_routes(self, only: Collection[int] | None = None) -> None:
        """Show, match and deliver by the routes as they are now; when this returns, it is so.

        Args:
            only: The ids of those that may have changed; None for any.
        """
        self.route_pages.forget()
        await self.routes.refresh(only)
        await self.dispatcher.reload_routes()

    async def act_on_devices(self, keys: Collection[DeviceKey]) -> None:
        """Look these devices up again when they speak."""
        for key in keys:
            self.registry.forget(key)
