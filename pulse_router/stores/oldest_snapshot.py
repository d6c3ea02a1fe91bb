"""For how long somebody has held a snapshot: as long, nothing that was removed can be cleared away.

A snapshot is seen by the oldest transaction that it may still have to look behind: of sessions,
prepared transactions and replication slots, of which every login may know the numbers, though not
the times. Since when the server counts beyond a number we note ourselves; so after a start it takes
a while to be told how old one is, unless the login may see when it began (`pg_read_all_stats`).
"""

from __future__ import annotations

from collections import deque
from typing import Final

import trio

from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role

NOTED_AT_MOST: Final = 1_000

# Sessions in other databases hold nothing back in this one; vacuum, nothing anywhere.
_OLDEST: Final = """
WITH held AS (
  SELECT greatest(age(backend_xmin), age(backend_xid)) AS age,
         extract(epoch FROM clock_timestamp() - xact_start)::double precision AS seconds
  FROM pg_stat_activity
  WHERE pid <> pg_backend_pid() AND coalesce(backend_xmin, backend_xid) IS NOT NULL
    AND (datname IS NULL OR datname = current_database())
    AND backend_type IS DISTINCT FROM 'autovacuum worker'
  UNION ALL
  SELECT age(transaction), extract(epoch FROM clock_timestamp() - prepared)
  FROM pg_prepared_xacts WHERE database = current_database()
  UNION ALL
  SELECT age(xmin), NULL FROM pg_replication_slots WHERE xmin IS NOT NULL
)
SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next, max(age) AS age,
       coalesce(max(seconds), 0) AS seconds
FROM held
"""


class PostgresOldestSnapshot:
    """The age of the oldest snapshot; satisfies the router's `OldestSnapshot`.

    Args:
        database: Whose.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: deque[tuple[int, float]] = deque(maxlen=NOTED_AT_MOST)

    async def oldest_snapshot_seconds(self) -> float:
        """Tell since when, at the least, what was removed cannot be cleared away; 0 when it can.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        [row] = await self._database.query(Role.OPERATOR, _OLDEST, read_only=True)
        now = trio.current_time()
        following = int(row["next"])
        if self._noted and following < self._noted[-1][0]:
            self._noted.clear()  # another server, that counts for itself
        self._noted.append((following, now))
        if row["age"] is None:
            return 0.0
        oldest = following - int(row["age"])
        since = next((at for number, at in self._noted if number > oldest), now)
        return max(now - since, float(row["seconds"]))
