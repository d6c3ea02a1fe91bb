"""A tenant's routes, under row-level security; satisfies the API's `RouteStore`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

import msgspec

from pulse_router.domain.destinations import without_secrets
from pulse_router.domain.routes import DestinationType, Route, RouteDraft
from pulse_router.postgres.database import Database, Record, Role, Transaction
from pulse_router.postgres.ledger_store import add_to_totals

ROUTE_DELETED: Final = "route was deleted"
# A route may have a million deliveries pending, and they move as one.
_DELETE_SECONDS: Final = 300.0


class PostgresRouteStore:
    """The routes.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_routes(
        self, tenant_id: str, *, limit: int, offset: int
    ) -> tuple[Sequence[Route], int]:
        """Give a page of the tenant's routes, oldest first, and how many there are in all.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        async with self._database.transaction(
            Role.APP, tenant_id=tenant_id, read_only=True
        ) as transaction:
            rows = await transaction.fetch(
                """
                SELECT * FROM message_routes WHERE tenant_id = $1
                ORDER BY id LIMIT $2 OFFSET $3
                """,
                tenant_id,
                limit,
                offset,
            )
            total = await transaction.fetch_value(
                "SELECT count(*) FROM message_routes WHERE tenant_id = $1", tenant_id
            )
        return [read_route(row) for row in rows], total

    async def load_route(self, tenant_id: str, route_id: int) -> Route | None:
        """Give one route, or None when the tenant has no such route.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        async with self._database.transaction(
            Role.APP, tenant_id=tenant_id, read_only=True
        ) as transaction:
            row = await transaction.fetch_row(
                "SELECT * FROM message_routes WHERE tenant_id = $1 AND id = $2",
                tenant_id,
                route_id,
            )
        return None if row is None else read_route(row)

    async def load_routes(self, route_ids: Collection[int]) -> Mapping[int, Route]:
        """Load routes of any tenant by id, secrets included; those that are gone are absent.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        async with self._database.transaction(Role.OPERATOR, read_only=True) as transaction:
            rows = await transaction.fetch(
                "SELECT * FROM message_routes WHERE id = ANY ($1::bigint[])", list(route_ids)
            )
        return {row["id"]: read_route(row) for row in rows}

    async def create_route(self, tenant_id: str, draft: RouteDraft) -> Route:
        """Store a new route.

        Raises:
            Unavailable: It is not known to be stored.
            DataRefused: A value cannot be stored.
        """
        async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
            row = await transaction.fetch_row(
                """
                INSERT INTO message_routes
                  (tenant_id, name, topic_filter, destination_type, destination_config,
                   payload_filter, is_enabled, secrets)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                RETURNING *
                """,
                tenant_id,
                *_columns(draft),
            )
        assert row is not None  # noqa: S101 - RETURNING gives the row
        return read_route(row)

    async def change_route(
        self, tenant_id: str, route_id: int, change: Callable[[Route], RouteDraft]
    ) -> Route | None:
        """Change a route while its row is locked; what `change` raises leaves it as it was.

        Returns:
            The route as it is now, or None when the tenant has no such route.

        Raises:
            Unavailable: It is not known to be stored.
            DataRefused: A value cannot be stored.
        """
        async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
            before = await _lock(transaction, tenant_id, route_id)
            if before is None:
                return None
            row = await transaction.fetch_row(
                """
                UPDATE message_routes
                SET name = $3, topic_filter = $4, destination_type = $5, destination_config = $6,
                    payload_filter = $7, is_enabled = $8, secrets = $9, updated_at = now(),
                    disabled_reason = CASE WHEN $8 THEN NULL ELSE disabled_reason END
                WHERE tenant_id = $1 AND id = $2
                RETURNING *
                """,
                tenant_id,
                route_id,
                *_columns(change(before)),
            )
        assert row is not None  # noqa: S101 - the row is locked
        return read_route(row)

    async def delete_route(self, tenant_id: str, route_id: int) -> bool:
        """Remove a route and move what it has pending into the dead letters, in one transaction.

        What ingest matched before it heard of this is buried by delivery when it finds no route.

        Returns:
            Whether the tenant had such a route.

        Raises:
            Unavailable: It is not known to be done.
        """
        async with self._database.transaction(
            Role.APP, tenant_id=tenant_id, statement_seconds=_DELETE_SECONDS
        ) as transaction:
            route = await _lock(transaction, tenant_id, route_id)
            if route is None:
                return False
            await transaction.execute(
                "DELETE FROM message_routes WHERE tenant_id = $1 AND id = $2", tenant_id, route_id
            )
            await _bury_pending(transaction, route)
        return True


def read_route(row: Record) -> Route:
    """Make a route of a row of `message_routes`."""
    payload_filter = row["payload_filter"]
    return Route(
        id=row["id"],
        tenant_id=row["tenant_id"],
        name=row["name"],
        topic_filter=row["topic_filter"],
        destination_type=DestinationType(row["destination_type"]),
        destination_config=msgspec.json.decode(row["destination_config"]),
        payload_filter=None if payload_filter is None else msgspec.json.decode(payload_filter),
        is_enabled=row["is_enabled"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        secrets=tuple(msgspec.json.decode(row["secrets"], type=list[str])),
        disabled_reason=row["disabled_reason"],
    )


async def _lock(transaction: Transaction, tenant_id: str, route_id: int) -> Route | None:
    row = await transaction.fetch_row(
        "SELECT * FROM message_routes WHERE tenant_id = $1 AND id = $2 FOR UPDATE",
        tenant_id,
        route_id,
    )
    return None if row is None else read_route(row)


async def _bury_pending(transaction: Transaction, route: Route) -> None:
    buried = await transaction.fetch_value(
        """
        WITH gone AS (
          DELETE FROM route_deliveries WHERE tenant_id = $1 AND route_id = $2 RETURNING *
        ), buried AS (
          INSERT INTO dead_letter_messages
            (delivery_id, tenant_id, route_id, device_id, event_id, event_time, original_topic,
             payload, destination_type, destination_config, error_message, attempts, history)
          SELECT id, tenant_id, route_id, device_id, event_id, event_time, topic,
                 payload, $3, $4, $5, attempts, history
          FROM gone
          ON CONFLICT (delivery_id) DO NOTHING
          RETURNING 1
        )
        SELECT count(*) FROM buried
        """,
        route.tenant_id,
        route.id,
        route.destination_type.value,
        _json(without_secrets(route.destination_config)),
        ROUTE_DELETED,
    )
    await add_to_totals(transaction, {(route.tenant_id, "buried"): buried})


def _columns(draft: RouteDraft) -> tuple[Any, ...]:
    return (
        draft.name,
        draft.topic_filter,
        draft.destination_type.value,
        _json(draft.destination_config),
        None if draft.payload_filter is None else _json(draft.payload_filter),
        draft.is_enabled,
        _json(list(draft.secrets)),
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
