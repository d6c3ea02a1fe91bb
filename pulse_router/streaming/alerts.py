"""Shows a tenant's open alerts to live clients: as they are, and again when they change.

It knows nothing of connections, nor of how alerts are written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import structlog
import trio

from pulse_router.domain.alerts import Alert
from pulse_router.domain.errors import Unavailable
from pulse_router.runtime.seldom import Seldom
from pulse_router.streaming.ports import AlertSource

_log = structlog.get_logger()

MAX_ALERTS: Final = 100
"""How many are shown; of more, the newest."""

Show: TypeAlias = Callable[[Sequence[Alert]], None]
"""Told the alerts as they are now; never waits."""


class AlertFeed:
    """Who watches which tenant's alerts.

    Args:
        source: Where they are read.
    """

    def __init__(self, source: AlertSource) -> None:
        self._source = source
        self._seldom = Seldom()
        self._watchers: dict[str, set[Show]] = {}
        # They are read one time after the other, so that an older answer never overtakes.
        self._reading = trio.Lock()

    async def watch(self, tenant_id: str, show: Show) -> Sequence[Alert]:
        """Show the tenant's alerts whenever they change from now on.

        Returns:
            The alerts as they are now.

        Raises:
            Unavailable: They cannot be read now; they are not watched.
        """
        async with self._reading:
            alerts = await self._source.load_open_alerts(tenant_id, limit=MAX_ALERTS)
            self._watchers.setdefault(tenant_id, set()).add(show)
        return alerts

    def leave(self, tenant_id: str, show: Show) -> None:
        """Show them no more."""
        watchers = self._watchers.get(tenant_id, set())
        watchers.discard(show)
        if not watchers:
            self._watchers.pop(tenant_id, None)

    async def changed(self, tenant_id: str | None = None) -> None:
        """Read again what is watched.

        Args:
            tenant_id: Whose alerts may have changed; None means anyone's.

        Raises:
            Unavailable: They cannot be read now.
        """
        for tenant in [tenant_id] if tenant_id is not None else list(self._watchers):
            async with self._reading:
                if tenant in self._watchers:
                    await self._show(tenant)

    async def _show(self, tenant_id: str) -> None:
        try:
            alerts = await self._source.load_open_alerts(tenant_id, limit=MAX_ALERTS)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, it is this tenant's
            if self._seldom.is_due(tenant_id):
                _log.exception("alerts are shown as they were", tenant_id=tenant_id)
            return
        for show in self._watchers.get(tenant_id, ()):
            show(alerts)
