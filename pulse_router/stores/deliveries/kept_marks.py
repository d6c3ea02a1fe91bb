"""Marks that outlast a router's life: where first looks at routes begin, when the dead are many.

What is written down of a route is a fact that holds for good, whoever works for it: all that lies
before the mark, and was never attempted, has ended. Only new deliveries have such a mark: their
numbers are the server's. Retries go by its clock, which may be set between two lives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pulse_router.domain.queue_marks import QueueMark, Work
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Transaction
from pulse_router.stores.deliveries import work
from pulse_router.stores.roles import Role

# A route that is gone is no tenant's: none is called so.
_KEEP: Final = """
WITH newer AS MATERIALIZED (
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[])
    AS newer (route_id, entered, last_id, in_doubt, server)
), gone AS (
  DELETE FROM route_marks AS older
  USING newer, LATERAL (SELECT id FROM route_marks AS mark WHERE mark.route_id = newer.route_id
                        ORDER BY id DESC LIMIT 1) AS newest
  WHERE older.route_id = newer.route_id AND older.id = newest.id
)
INSERT INTO route_marks (route_id, tenant_id, entered, last_id, in_doubt, server)
SELECT route_id, coalesce(route.tenant_id, '*'), newer.entered::xid8, last_id,
       in_doubt::xid8[], server
FROM newer LEFT JOIN message_routes AS route ON route.id = newer.route_id
"""


_FORGET: Final = "DELETE FROM route_marks WHERE kept_at < now() - interval '1 day'"


class KeptMarks:
    """The marks that are written down.

    Args:
        database: Where.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._marks: dict[int, QueueMark] = {}

    async def find_work(self) -> Work:
        """Search for routes with work, and learn where first looks at them begin."""
        found, kept = await work.find_from_marks(self._database)
        self._marks = dict(kept)
        return found

    def begin(self, route_id: int, since: QueueMark) -> QueueMark:
        """Tell where a look begins that would begin from the start."""
        return since if since.server else self._marks.get(route_id, since)

    def forget(self, route_id: int) -> None:
        """Forget one that is of another server."""
        self._marks.pop(route_id, None)

    async def keep(self, marks: Mapping[int, QueueMark]) -> None:
        """See the port."""
        async with self._database.transaction(Role.OPERATOR) as transaction:
            await self.keep_in(transaction, marks)
            await transaction.execute(_FORGET)
        self.note(marks)

    async def keep_in(self, transaction: Transaction, marks: Mapping[int, QueueMark]) -> None:
        """Write marks down in a transaction, to be noted after its commit."""
        await transaction.execute(
            _KEEP,
            list(marks),
            [str(mark.entered) for mark in marks.values()],
            [mark.id for mark in marks.values()],
            [_as_array(mark.in_doubt) for mark in marks.values()],
            [mark.server for mark in marks.values()],
        )

    def note(self, marks: Mapping[int, QueueMark]) -> None:
        """Note that marks are written down."""
        self._marks |= marks


def _as_array(numbers: Sequence[int]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"
