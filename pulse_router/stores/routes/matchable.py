"""The routes as ingest needs them, to find whom a message concerns.

Runs as `pulse_ingest`, which cannot read secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from hashlib import sha256
from typing import Final
from weakref import WeakValueDictionary

import structlog

from pulse_router.domain.filters.payload_filter import CompiledFilter
from pulse_router.domain.routes import DestinationType, MatchableRoute, ReadRoute, RouteChanges
from pulse_router.domain.topics import check_topic_filter
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.runtime.stride import Stride
from pulse_router.stores.reading import UNREADABLE_JSON, read_json_object
from pulse_router.stores.roles import Role

VERSIONS_AT_ONCE: Final = 5_000
ROWS_AT_ONCE: Final = 500
"""How many are asked for at once: what the driver reads of an answer, it reads without a pause."""

_VERSIONS: Final = """
SELECT id, version FROM message_routes WHERE is_enabled AND id > $1 ORDER BY id LIMIT $2
"""
_ROWS: Final = """
SELECT id, version, tenant_id, topic_filter, destination_type, payload_filter
FROM message_routes
WHERE is_enabled AND id = ANY ($1::bigint[])
ORDER BY id
"""
_FIRST: Final = -(1 << 63)

_log = structlog.get_logger()


class PostgresMatchableRoutes:
    """The enabled routes of all tenants, without their secrets.

    Args:
        database: Where to read.
        compile_filter: Makes of a stored payload filter what can be asked.
        on_broken: Told the id of a route whose filter no longer compiles, and why.
    """

    def __init__(
        self,
        database: Database,
        *,
        compile_filter: Callable[[Mapping[str, object]], CompiledFilter],
        on_broken: Callable[[int, str], None],
    ) -> None:
        self._database = database
        self._compile_filter = compile_filter
        self._on_broken = on_broken
        # Many routes ask the same; and a route that is renamed asks what it did.
        self._compiled: WeakValueDictionary[bytes, CompiledFilter] = WeakValueDictionary()

    async def load_changes(
        self, known: Mapping[int, int], only: Collection[int] | None
    ) -> RouteChanges:
        """See the port. `on_broken` hears of those that cannot be used."""
        stride = Stride()
        if only is None:
            versions = await self._load_versions(stride)
            wanted = [each for each, version in versions.items() if known.get(each) != version]
            gone = [each for each in known if each not in versions]
        else:
            wanted, gone = sorted(only), []
        read: list[ReadRoute] = []
        for start in range(0, len(wanted), ROWS_AT_ONCE):
            ids = wanted[start : start + ROWS_AT_ONCE]
            rows = await self._database.query(Role.INGEST, _ROWS, ids, read_only=True)
            stride.begin()
            for row in rows:
                if known.get(row["id"]) == row["version"]:
                    continue
                read.append(ReadRoute(row["id"], row["version"], await self._read(row, stride)))
                await stride.step()
            there = {row["id"] for row in rows}
            gone += [each for each in ids if each in known and each not in there]
        return RouteChanges(read, gone)

    async def _load_versions(self, stride: Stride) -> Mapping[int, int]:
        versions: dict[int, int] = {}
        last = _FIRST
        while True:
            rows: Sequence[Record] = await self._database.query(
                Role.INGEST, _VERSIONS, last, VERSIONS_AT_ONCE, read_only=True
            )
            versions.update((row["id"], row["version"]) for row in rows)
            if len(rows) < VERSIONS_AT_ONCE:
                return versions
            last = rows[-1]["id"]
            await stride.rest()

    async def _read(self, row: Record, stride: Stride) -> MatchableRoute | None:
        try:
            check_topic_filter(row["topic_filter"])
            compiled = await self._compile(row["payload_filter"], stride)
            return MatchableRoute(
                id=row["id"],
                tenant_id=row["tenant_id"],
                topic_filter=row["topic_filter"],
                destination_type=DestinationType(row["destination_type"]),
                accepts=None if compiled is None else compiled.accepts,
                excess=None if compiled is None or not compiled.excess else str(compiled.excess),
                keeps=compiled,
            )
        except (ValueError, *UNREADABLE_JSON) as error:
            self._on_broken(row["id"], str(error) or type(error).__name__)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this route's
            _log.exception("a route cannot be matched", route_id=row["id"])
            self._on_broken(row["id"], type(error).__name__)
        return None

    async def _compile(self, payload_filter: str | None, stride: Stride) -> CompiledFilter | None:
        if payload_filter is None:
            return None
        key = sha256(payload_filter.encode()).digest()
        known = self._compiled.get(key)
        if known is None and (stored := read_json_object(payload_filter)):
            await stride.step()
            known = self._compiled[key] = self._compile_filter(stored)
        return known
