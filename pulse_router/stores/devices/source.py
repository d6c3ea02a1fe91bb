"""The devices of all tenants, as ingest asks for them; satisfies `DeviceSource`.

Must not know what the API lets a tenant do with its devices.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Final

import attrs
import structlog
import trio

from pulse_router.domain.budgets import Budgets, LimitReached
from pulse_router.domain.errors import REFUSALS, Unavailable
from pulse_router.domain.messages import (
    Device,
    DeviceKey,
    DeviceLookup,
    DeviceStatus,
    NewDevice,
    PreviousToken,
)
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record, Transaction
from pulse_router.runtime.halving import in_halves
from pulse_router.runtime.sharing import SharedTexts
from pulse_router.stores.roles import Role
from pulse_router.stores.room import UNBOUNDED

PATIENCE: Final = "1s"
"""How long the messages of all wait to count a tenant's devices one at a time: whoever holds the
count may stand still. Then it is counted beside it."""

FULL_SECONDS: Final = 5.0
"""How long a tenant that has no room is believed to have none: strangers' ids cost no counting."""

# The subqueries keep PostgreSQL from reading the whole registry for one batch: OFFSET 0 and ORDER
# BY leave it nothing but the primary key's index, however many rows it expects.
_LOOK_UP: Final = """
    SELECT found.*
    FROM unnest($1::text[], $2::text[]) AS asked (tenant_id, device_id), LATERAL (
      SELECT tenant_id, device_id, site_id, provision_token_hash, status,
             previous_token_hashes, previous_token_untils
      FROM devices
      WHERE devices.tenant_id = asked.tenant_id AND devices.device_id = asked.device_id
      OFFSET 0
    ) AS found
    UNION ALL
    SELECT found.tenant_id, NULL, NULL, NULL, NULL, NULL, NULL
    FROM unnest($3::text[]) AS asked (tenant_id), LATERAL (
      SELECT tenant_id FROM devices
      WHERE devices.tenant_id = asked.tenant_id
      ORDER BY device_id LIMIT 1
    ) AS found
"""
# In order of the tenants, so that two routers cannot wait for each other.
_ROOMS: Final = f"""
    SELECT owner, pulse_room('devices', owner, bound, '{PATIENCE}') AS room
    FROM unnest($1::text[], $2::bigint[]) AS asked (owner, bound)
"""  # noqa: S608 - fixed text
# In order of the keys, so that two routers that register the same devices cannot deadlock.
_REGISTER: Final = """
    INSERT INTO devices (tenant_id, device_id, site_id, provision_token_hash)
    SELECT new.tenant_id, new.device_id, site_id, token_hash FROM (
      SELECT given.*, row_number() OVER (PARTITION BY given.tenant_id ORDER BY place) AS number
      FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[])
        WITH ORDINALITY AS given (tenant_id, device_id, site_id, token_hash, place)
      WHERE NOT EXISTS (SELECT FROM devices WHERE devices.tenant_id = given.tenant_id
                                              AND devices.device_id = given.device_id)
    ) AS new
    JOIN unnest($5::text[], $6::bigint[]) AS rooms (tenant_id, room) USING (tenant_id)
    WHERE number <= room
    ORDER BY 1, 2
    ON CONFLICT (tenant_id, device_id) DO NOTHING
"""

_log = structlog.get_logger()


MAX_FULL_TENANTS: Final = 4096
"""Of how many tenants it is remembered that they have no room for more devices."""

MAX_SHARED_SITES: Final = 4096
"""Many devices share a site, and so its text."""


class PostgresDeviceSource:
    """Looks devices up, and writes down their first and their last contact.

    Args:
        database: Where they are kept.
        budgets: How many a tenant may have.
        clock: Gives the time, in seconds.
    """

    def __init__(
        self,
        database: Database,
        budgets: Budgets | None = None,
        *,
        clock: Callable[[], float] = trio.current_time,
    ) -> None:
        self._database = database
        self._budgets = budgets or Budgets()
        self._clock = clock
        self._full: dict[str, tuple[float, str]] = {}
        self._sites = SharedTexts(MAX_SHARED_SITES)

    async def load_devices(
        self, keys: Collection[DeviceKey], newcomers: Collection[NewDevice] = ()
    ) -> DeviceLookup:
        """See the port. One that PostgreSQL will not have as a device stays unknown."""
        found = await self._look_up(keys)
        missing = [new for new in newcomers if new[:2] not in found.devices]
        if not missing:
            return found
        if fitting := [new for new in missing if not self._is_full(new.tenant_id)]:
            await in_halves(fitting, self._register, refusals=REFUSALS, refused=self._leave_out)
            found = await self._look_up(keys)
        full: dict[str, str] = {}
        for tenant_id, device_id, *_ in missing:
            if (tenant_id, device_id) not in found.devices and tenant_id in self._full:
                self._budgets.refused(tenant_id, "devices")
                full[tenant_id] = self._full[tenant_id][1]
        return attrs.evolve(found, full=full)

    def _is_full(self, tenant_id: str) -> bool:
        """Tell whether a tenant had no room for more devices a moment ago."""
        until, _ = self._full.get(tenant_id, (0.0, ""))
        return self._clock() < until

    async def _look_up(self, keys: Collection[DeviceKey]) -> DeviceLookup:
        try:
            async with self._database.transaction(Role.INGEST, read_only=True) as transaction:
                return await _look_up(transaction, keys, self._sites)
        except REFUSALS as error:
            raise Unavailable(str(error)) from error

    async def _register(self, newcomers: Sequence[NewDevice]) -> None:
        columns = [list(column) for column in zip(*newcomers, strict=True)]
        wanted = Counter(columns[0])
        bounds = {owner: self._budgets.of(owner).devices for owner in sorted(wanted)}
        bounded = {owner: bound for owner, bound in bounds.items() if bound}
        rooms = dict.fromkeys(bounds, UNBOUNDED)
        async with self._database.transaction(Role.INGEST) as transaction:
            if bounded:
                rows = await transaction.fetch(_ROOMS, list(bounded), list(bounded.values()))
                rooms |= {row["owner"]: row["room"] for row in rows}
            await transaction.execute(_REGISTER, *columns, list(rooms), list(rooms.values()))
        for owner, bound in bounds.items():
            self._note_room(owner, bound, rooms[owner] - wanted[owner])

    def _note_room(self, tenant_id: str, bound: int, left: int) -> None:
        """Note whether a tenant has room for more devices."""
        self._full.pop(tenant_id, None)
        if left < 0:
            if len(self._full) >= MAX_FULL_TENANTS:
                self._full.clear()
            reached = LimitReached("devices", limit=bound, usage=bound)
            self._full[tenant_id] = (
                self._clock() + FULL_SECONDS,
                f"the device cannot register itself: {reached}",
            )

    async def _leave_out(self, newcomer: NewDevice, error: Exception) -> None:
        await trio.lowlevel.checkpoint()
        if self._database.told.is_due(("a newcomer", newcomer.tenant_id)):
            _log.warning(
                "a device cannot register itself, and stays unknown",
                tenant_id=newcomer.tenant_id,
                device_id=newcomer.device_id,
                problem=str(error),
            )

    async def write_last_seen(self, seen: Collection[tuple[DeviceKey, datetime]]) -> None:
        """See the port. An older time never takes the place of a newer one.

        What PostgreSQL will not have of one device keeps no other's from being written.
        """
        await in_halves(
            sorted(seen), self._write_last_seen, refusals=REFUSALS, refused=self._not_noted
        )

    async def _not_noted(self, seen: tuple[DeviceKey, datetime], error: Exception) -> None:
        await trio.lowlevel.checkpoint()
        (tenant_id, device_id), _ = seen
        if self._database.told.is_due(("last seen", tenant_id)):
            _log.warning(
                "when a device was heard of cannot be noted",
                tenant_id=tenant_id,
                device_id=device_id,
                problem=str(error),
            )

    async def _write_last_seen(self, in_order: Sequence[tuple[DeviceKey, datetime]]) -> None:
        await self._database.call(
            Role.INGEST,
            "SELECT pulse_note_last_seen($1, $2, $3)",
            [tenant_id for (tenant_id, _), _ in in_order],
            [device_id for (_, device_id), _ in in_order],
            [at for _, at in in_order],
        )


async def _look_up(
    transaction: Transaction, keys: Collection[DeviceKey], sites: SharedTexts
) -> DeviceLookup:
    rows = await transaction.fetch(
        _LOOK_UP,
        [tenant_id for tenant_id, _ in keys],
        [device_id for _, device_id in keys],
        list({tenant_id for tenant_id, _ in keys}),
    )
    return DeviceLookup(
        devices={
            (row["tenant_id"], row["device_id"]): read_known(row, sites)
            for row in rows
            if row["device_id"] is not None
        },
        tenants={row["tenant_id"] for row in rows if row["device_id"] is None},
    )


def read_known(row: Record, sites: SharedTexts) -> Device:
    """Make a device of a row of `devices`; one that this version does not understand is revoked."""
    site_id = row["site_id"]
    return Device(
        None if site_id is None else sites.share(site_id),
        row["provision_token_hash"],
        DeviceStatus.ACTIVE if row["status"] == DeviceStatus.ACTIVE else DeviceStatus.REVOKED,
        tuple(
            PreviousToken(token_hash, until)
            for token_hash, until in zip(
                row["previous_token_hashes"] or (), row["previous_token_untils"] or (), strict=False
            )
            if token_hash is not None and until is not None
        ),
    )
