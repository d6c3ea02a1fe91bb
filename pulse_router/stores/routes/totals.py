"""What became of each route's deliveries, added up: one row for each route of a settled batch.

They are merged into `route_sums` now and then (`stores/deltas.py`). It must not know what is
settled, nor how.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import attrs

from pulse_router.postgres.transaction import Record, Transaction

# A route that was deleted meanwhile is not counted any more.
_ADD: Final = """
INSERT INTO route_deltas
  (route_id, tenant_id, delivered, failed, dead_lettered, last_error, last_error_at)
SELECT id, tenant_id, added.delivered, added.failed, added.dead_lettered, added.error,
       CASE WHEN added.error IS NOT NULL THEN now() END
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])
  AS added (route_id, delivered, failed, dead_lettered, error)
JOIN message_routes ON id = added.route_id
"""


@attrs.define
class _Counts:
    delivered: int = 0
    failed: int = 0
    dead_lettered: int = 0
    error: str | None = None


class RouteTally:
    """Counts by route what a transaction has written, to be added to the totals at its end."""

    def __init__(self) -> None:
        self._routes: dict[int, _Counts] = {}

    def add_delivered(self, rows: Iterable[Record]) -> None:
        """Count deliveries made: rows with `route_id` and `count`."""
        for row in rows:
            self._of(row).delivered += row["count"]

    def add_failed(self, rows: Iterable[Record]) -> None:
        """Count attempts that will be made again.

        Args:
            rows: One for each, with `route_id`, `error`, and `is_pushed_back`: such a one has not
                failed, and is only told of.
        """
        for row in rows:
            counts = self._of(row)
            counts.failed += not row["is_pushed_back"]
            counts.error = row["error"]

    def add_buried(self, rows: Iterable[Record]) -> None:
        """Count deliveries given up: rows with `route_id`, `count` and `error`."""
        for row in rows:
            counts = self._of(row)
            counts.failed += row["count"]
            counts.dead_lettered += row["count"]
            counts.error = row["error"]

    def add_written(self, route_ids: Iterable[int]) -> None:
        """Count messages that are delivered by being stored: a route's id for each."""
        for route_id, count in Counter(route_ids).items():
            self._routes.setdefault(route_id, _Counts()).delivered += count

    async def write(self, transaction: Transaction) -> None:
        """Add the counts to the totals."""
        if not self._routes:
            return
        counts = self._routes.values()
        await transaction.execute(
            _ADD,
            list(self._routes),
            [each.delivered for each in counts],
            [each.failed for each in counts],
            [each.dead_lettered for each in counts],
            [each.error for each in counts],
        )

    def _of(self, row: Record) -> _Counts:
        return self._routes.setdefault(row["route_id"], _Counts())
