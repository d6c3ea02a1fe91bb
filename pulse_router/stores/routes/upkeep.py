"""Keeps the routes' secrets as they should lie: expired ones removed, the others sealed.

It works beside the router, and is never urgent: expired secrets do not sign, and plain ones are
readable. So a new key takes effect, and the old one can go, without anybody's doing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import attrs
import structlog
import trio

from pulse_router.domain.errors import REFUSALS, TROUBLE
from pulse_router.domain.secrets.sealing import Sealer
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Transaction
from pulse_router.runtime.halving import in_halves
from pulse_router.stores.roles import Role
from pulse_router.stores.routes.rows import config_column, read_route, secrets_column

ROUND_SECONDS: Final = 60.0
CHUNK_ROUTES: Final = 100
SHOWN: Final = 10
"""How many routes a log line names."""

# Somebody may have written there by hand.
_SECRETS: Final = "CASE jsonb_typeof(secrets) WHEN 'array' THEN secrets ELSE '[]' END"

# Every text that is, or should be, sealed: secrets as strings or objects, headers likewise.
_TEXTS: Final = f"""
  SELECT text FROM jsonb_array_elements({_SECRETS}) AS secret (text)
  UNION ALL
  SELECT value FROM jsonb_each(
    CASE jsonb_typeof(destination_config -> 'headers') WHEN 'object'
    THEN destination_config -> 'headers' ELSE '{{}}' END)
"""  # noqa: S608 - fixed text
_SEALED_OTHERWISE: Final = f"""
SELECT id FROM message_routes
WHERE EXISTS (
  SELECT FROM ({_TEXTS}) AS texts
  WHERE jsonb_typeof(text) IN ('string', 'object')
    AND (left(coalesce(text ->> 'sealed', ''), length($1)) <> $1
         OR ($1 = '' AND text ->> 'sealed' IS NOT NULL)))
ORDER BY id
"""  # noqa: S608 - fixed text
_PLAIN: Final = f"""
SELECT count(*) FROM message_routes
WHERE EXISTS (SELECT FROM ({_TEXTS}) AS texts WHERE text ->> 'sealed' IS NULL)
"""  # noqa: S608 - fixed text

_EXPIRING: Final = f"""
SELECT id FROM message_routes
WHERE EXISTS (SELECT FROM jsonb_array_elements({_SECRETS}) AS old (secret)
              WHERE secret ->> 'expires_at' IS NOT NULL)
ORDER BY id
"""  # noqa: S608 - fixed text

# The first one is the newest, which does not expire.
_REMOVE_EXPIRED: Final = f"""
UPDATE message_routes SET secrets = (
  SELECT jsonb_agg(secret ORDER BY place)
  FROM jsonb_array_elements(secrets) WITH ORDINALITY AS kept (secret, place)
  WHERE place = 1 OR coalesce((secret ->> 'expires_at')::timestamptz > $1, true))
WHERE EXISTS (
  SELECT FROM jsonb_array_elements({_SECRETS}) WITH ORDINALITY AS old (secret, place)
  WHERE place > 1 AND (secret ->> 'expires_at')::timestamptz <= $1)
  AND id = ANY ($2::bigint[])
"""  # noqa: S608 - fixed text

_log = structlog.get_logger()


@attrs.define
class UpkeepReport:
    """What one round did and found.

    Attributes:
        expired: How many routes had secrets whose overlap had ended.
        sealed: How many routes were sealed with the newest key.
        unreadable: The routes that were sealed with a key that is not there.
        plain: How many routes hold secrets or headers that are not sealed.
    """

    expired: int = 0
    sealed: int = 0
    unreadable: Sequence[int] = ()
    plain: int = 0


class RouteUpkeep:
    """Looks after the secrets, once a minute.

    Attributes:
        unreadable: How many routes are sealed with a key that is not there.
        unreadable_routes: Which they are.

    Args:
        database: Where the routes are kept.
        sealer: Seals with the newest key.
        utc_now: Gives the time.
    """

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        *,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._utc_now = utc_now
        self.unreadable = 0
        self.unreadable_routes: frozenset[int] = frozenset()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Do a round now, and again and again; while the database is away, wait for the next.

        Args:
            task_status: Started at once.
        """
        task_status.started()
        told = UpkeepReport()
        while True:
            try:
                report = await do_round(self._database, self._sealer, now=self._utc_now())
            except TROUBLE as error:
                _log.warning("the routes' secrets could not be looked after", problem=str(error))
            except Exception:  # noqa: BLE001 - a keeper has a next round
                _log.exception("the routes' secrets could not be looked after")
            else:
                tell(report, told, seals=self._sealer.seals)
                told = report
                self.unreadable = len(report.unreadable)
                self.unreadable_routes = frozenset(report.unreadable)
            await trio.sleep(ROUND_SECONDS)


async def do_round(database: Database, sealer: Sealer, *, now: datetime) -> UpkeepReport:
    """Remove what has expired, and seal what is not sealed with the newest key.

    Raises:
        Unavailable: The database cannot do it now; what was done stays done.
    """
    report = UpkeepReport()
    unreadable: list[int] = []

    async def remove(route_ids: Sequence[int]) -> None:
        async with database.transaction(Role.OPERATOR) as transaction:
            report.expired += await transaction.change(_REMOVE_EXPIRED, now, route_ids)

    async def leave(route_id: int, error: Exception) -> None:
        """One that somebody has written by hand keeps no other route's secrets from going."""
        await trio.lowlevel.checkpoint()
        if database.told.is_due(("upkeep", route_id)):
            _log.warning(
                "the secrets of a route cannot be looked after",
                route_id=route_id,
                problem=str(error),
            )

    async def seal(route_ids: Sequence[int]) -> None:
        found: list[int] = []
        async with database.transaction(Role.OPERATOR) as transaction:
            sealed = await _seal(transaction, route_ids, sealer, found)
        report.sealed += sealed
        unreadable.extend(found)

    async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
        expiring = await transaction.fetch(_EXPIRING)
    await in_halves([row["id"] for row in expiring], remove, refusals=REFUSALS, refused=leave)
    async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
        rows = await transaction.fetch(_SEALED_OTHERWISE, sealer.prefix)
        report.plain = 0 if sealer.seals else await transaction.fetch_value(_PLAIN)
    found = [row["id"] for row in rows]
    for start in range(0, len(found), CHUNK_ROUTES):
        chunk = found[start : start + CHUNK_ROUTES]
        await in_halves(chunk, seal, refusals=REFUSALS, refused=leave)
    report.unreadable = unreadable
    return report


async def _seal(
    transaction: Transaction, route_ids: Sequence[int], sealer: Sealer, unreadable: list[int]
) -> int:
    """Seal some routes; those that cannot be opened are added to the list."""
    rows = await transaction.fetch(
        "SELECT * FROM message_routes WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE",
        list(route_ids),
    )
    count = 0
    for row in rows:
        route = read_route(row, sealer)
        if route.is_foreign:  # another version's, which looks after it
            continue
        if route.fault is not None:
            unreadable.append(route.id)
        elif sealer.seals:
            await transaction.execute(
                "UPDATE message_routes SET destination_config = $2, secrets = $3 WHERE id = $1",
                route.id,
                config_column(route.destination_config, route.tenant_id, route.id, sealer),
                secrets_column(route, route.tenant_id, route.id, sealer),
            )
            count += 1
    return count


def tell(report: UpkeepReport, told: UpkeepReport, *, seals: bool) -> None:
    """Log what is new since the last round, once."""
    if report.sealed:
        _log.info("the secrets of routes were encrypted with the newest key", routes=report.sealed)
    if list(report.unreadable) != list(told.unreadable):
        if report.unreadable:
            _log.error(
                "the secrets of routes cannot be read, so their deliveries wait: add the key that"
                " they were encrypted with to delivery.secrets_key, behind the newest",
                routes=len(report.unreadable),
                first=list(report.unreadable[:SHOWN]),
            )
        else:
            _log.info("the secrets of all routes can be read")
    if report.plain and not told.plain and not seals:
        _log.warning(
            "the secrets of routes are stored unencrypted, for delivery.secrets_key is not set",
            routes=report.plain,
        )
