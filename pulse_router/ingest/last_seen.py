"""When each device was last heard of, written to the registry now and then.

A nicety for people who look at their devices, so it never holds up a message: what cannot be
written is skipped, and a large fleet is written a part at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Final

import structlog
import trio

from pulse_router.domain.errors import PulseError
from pulse_router.domain.messages import DeviceKey
from pulse_router.ingest.ports import LastSeenStore

_log = structlog.get_logger()

EVERY_SECONDS: Final = 30.0
MAX_ROWS: Final = 5_000
"""How many devices are written at a time: 10,000 a minute."""

MAX_WAITING: Final = 20_000
"""How many devices wait to be written; others are noted once there is room."""


class LastSeen:
    """The devices heard of since they were last written, the longest waiting first."""

    def __init__(self) -> None:
        self._times: dict[DeviceKey, datetime] = {}

    @property
    def times(self) -> dict[DeviceKey, datetime]:
        """Where to note the time of a device's message.

        When too many are waiting, it is a dictionary that nobody reads.
        """
        return self._times if len(self._times) < MAX_WAITING else {}

    async def run(self, store: LastSeenStore) -> None:
        """Write for ever."""
        while True:
            await trio.sleep(EVERY_SECONDS)
            await self.write(store)

    async def write(self, store: LastSeenStore) -> None:
        """Write those that have waited longest, if the database is there."""
        if due := self._take():
            # Nothing is lost: devices speak again.
            try:
                await store.write_last_seen(due)
            except PulseError:
                pass
            except Exception:  # noqa: BLE001 - a nicety ends nothing
                _log.exception("when devices were heard of last could not be noted")

    def _take(self) -> Sequence[tuple[DeviceKey, datetime]]:
        due = list(islice(self._times.items(), MAX_ROWS))
        for key, _ in due:
            del self._times[key]
        return due
