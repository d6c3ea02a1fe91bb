"""Remembers, from one run to the next, what session the broker keeps for a client id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pulse_router.domain.sessions import EarlierSession
from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role

_TRAFFIC: Final = """
WITH times AS (
  SELECT extract(epoch FROM committed_at)::float8 AS at, received
  FROM pulse_batches_of($1) AS batch WHERE isfinite(committed_at)
), batches AS (
  SELECT at, received, max(at) OVER () AS newest, min(at) OVER () AS oldest,
         extract(epoch FROM now())::float8 AS now
  FROM times
)
SELECT max(newest) AS last_message_at,
       coalesce(sum(received) FILTER (WHERE at >= newest - (now - newest)), 0)::float8 AS messages,
       least(max(now) - max(newest), max(newest) - min(oldest)) AS seconds
FROM batches
"""
"""How much came in the last commits, in as long a time as has passed since the newest."""


class PostgresSessionStore:
    """The sessions of one client id.

    Args:
        database: Where they are kept.
        client_id: The MQTT client id.
    """

    def __init__(self, database: Database, *, client_id: str) -> None:
        self._database = database
        self._client_id = client_id

    async def begin(self, filters: Sequence[str]) -> EarlierSession:
        """Note which filters the session is about to have, besides those it may have already.

        Returns:
            The session as earlier runs have left it.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        async with self._database.transaction(Role.INGEST) as transaction:
            earlier = await transaction.fetch_row(
                "SELECT filters, granted_at FROM mqtt_sessions WHERE client_id = $1 FOR UPDATE",
                self._client_id,
            )
            traffic = await transaction.fetch_row(_TRAFFIC, self._client_id)
            stored = earlier["filters"] if earlier is not None else ()
            known = tuple(name for name in stored if isinstance(name, str))
            await transaction.execute(
                """
                INSERT INTO mqtt_sessions (client_id, filters) VALUES ($1, $2)
                ON CONFLICT (client_id) DO UPDATE SET filters = excluded.filters
                """,
                self._client_id,
                list(dict.fromkeys([*known, *filters])),
            )
        seconds = max(1.0, traffic["seconds"] or 0.0) if traffic is not None else 1.0
        return EarlierSession(
            filters=known,
            was_granted=earlier is not None and earlier["granted_at"] is not None,
            last_message_at=traffic["last_message_at"] if traffic is not None else None,
            messages_per_second=traffic["messages"] / seconds if traffic is not None else 0.0,
            over_seconds=seconds,
        )

    async def begun(self, *, after: int) -> None:
        """Note that the broker has begun a session anew.

        Args:
            after: The sequence number of the newest commit of messages of before.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        async with self._database.transaction(Role.INGEST) as transaction:
            await transaction.execute(
                "UPDATE mqtt_sessions SET began_after = $2 WHERE client_id = $1",
                self._client_id,
                after,
            )

    async def settle(self, filters: Sequence[str]) -> None:
        """Note that the broker has granted the session with these filters and no others.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        async with self._database.transaction(Role.INGEST) as transaction:
            await transaction.execute(
                "UPDATE mqtt_sessions SET filters = $2, granted_at = now() WHERE client_id = $1",
                self._client_id,
                list(filters),
            )
