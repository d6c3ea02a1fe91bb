"""The routes as ingest needs them, to find whom a message concerns.

Runs as `pulse_ingest`, which cannot read secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import structlog
import trio

from pulse_router.domain.routes import DestinationType, MatchableRoute, Predicate
from pulse_router.domain.topics import check_topic_filter
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.stores.reading import UNREADABLE_JSON, read_json_object
from pulse_router.stores.roles import Role

COMPILED_AT_ONCE: Final = 50
"""How many filters are compiled before others get their turn: a millisecond or two."""

_ENABLED: Final = """
SELECT id, tenant_id, topic_filter, destination_type, payload_filter
FROM message_routes
WHERE is_enabled
ORDER BY id
"""

_log = structlog.get_logger()


class PostgresMatchableRoutes:
    """The enabled routes of all tenants, without their secrets.

    Args:
        database: Where to read.
        compile_filter: Makes a predicate of a stored payload filter.
        on_broken: Told the id of a route whose filter no longer compiles, and why.
    """

    def __init__(
        self,
        database: Database,
        *,
        compile_filter: Callable[[Mapping[str, object]], Predicate],
        on_broken: Callable[[int, str], None],
    ) -> None:
        self._database = database
        self._compile_filter = compile_filter
        self._on_broken = on_broken

    async def load_matchable(self) -> Sequence[MatchableRoute]:
        """See the port. `on_broken` hears of those that are left out."""
        rows = await self._database.query(Role.INGEST, _ENABLED, read_only=True)
        routes = []
        for number, row in enumerate(rows, start=1):
            if number % COMPILED_AT_ONCE == 0:
                await trio.lowlevel.checkpoint()
            try:
                routes.append(self._read(row))
            except (ValueError, *UNREADABLE_JSON) as error:
                self._on_broken(row["id"], str(error) or type(error).__name__)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this route's
                _log.exception("a route cannot be matched", route_id=row["id"])
                self._on_broken(row["id"], type(error).__name__)
        return routes

    def _read(self, row: Record) -> MatchableRoute:
        check_topic_filter(row["topic_filter"])
        return MatchableRoute(
            id=row["id"],
            tenant_id=row["tenant_id"],
            topic_filter=row["topic_filter"],
            destination_type=DestinationType(row["destination_type"]),
            accepts=self._compile(row["payload_filter"]),
        )

    def _compile(self, payload_filter: str | None) -> Predicate | None:
        if payload_filter is None:
            return None
        stored = read_json_object(payload_filter)
        return self._compile_filter(stored) if stored else None
