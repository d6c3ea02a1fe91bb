"""Applies one migration, alone among those that migrate the same database.

It must not know which one is next. Who waits for the lock asks for it now and then: a statement
that waited inside the server would have a snapshot, which an index built concurrently waits for.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import attrs
import trio

from pulse_router.domain.errors import ConstraintViolated, DataRefused, MigrationError, Unavailable
from pulse_router.postgres.connection import Connection
from pulse_router.postgres.migration_errors import explain
from pulse_router.postgres.migration_files import Migration, Schema
from pulse_router.postgres.migration_records import ANSWER_SECONDS, prepare_table, write_applied
from pulse_router.postgres.migration_steps import (
    PartitionedIndex,
    built_index,
    partitioned_index,
)
from pulse_router.postgres.session import local_settings

LOOK_AGAIN_SECONDS: Final = 0.2

_UNLIMITED: Final = math.inf  # building an index takes as long as it takes

_IS_VALID: Final = """
SELECT i.indisvalid AS is_valid FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relname = $1
"""

_WITHOUT_INDEX: Final = """
SELECT c.relname FROM pg_catalog.pg_inherits i
JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = to_regclass('public.' || $1) AND c.relkind = 'r' AND NOT EXISTS (
  SELECT FROM pg_catalog.pg_index x JOIN pg_catalog.pg_inherits j ON j.inhrelid = x.indexrelid
  WHERE x.indrelid = c.oid AND j.inhparent = to_regclass('public.' || $2))
ORDER BY c.relname
"""


@attrs.frozen
class Runs:
    """A connection on which migrations are applied; `remedy` is what to do where rights lack."""

    connection: Connection
    schema: Schema
    remedy: str

    async def apply(self, migration: Migration, is_due: Callable[[], Awaitable[bool]]) -> bool:
        """Apply a migration, if under the lock it is still due.

        Raises:
            MigrationError: It cannot be applied.
            Unavailable: The database cannot do it now.
        """
        what = f"migration {migration.name}"
        alone = self.transaction if migration.in_transaction else self._session
        async with alone(what):
            if not await is_due():
                return False
            await prepare_table(self.connection)
            if migration.statements is None:
                await self._run(what, migration.script)
            else:
                for step in migration.statements:
                    await self._take_step(what, step)
            await write_applied(self.connection, migration, self.schema)
        return True

    @asynccontextmanager
    async def transaction(self, what: str) -> AsyncIterator[None]:
        """Run a block in a transaction, alone.

        What does not come to its end is rolled back by the server, as the connection is cut.
        """
        begin = f"BEGIN; {local_settings()}"
        try:
            await self.connection.execute(begin, timeout_seconds=ANSWER_SECONDS)
            while not await self._is_locked("pg_try_advisory_xact_lock"):
                await self.connection.execute("ROLLBACK", timeout_seconds=ANSWER_SECONDS)
                await trio.sleep(LOOK_AGAIN_SECONDS)
                await self.connection.execute(begin, timeout_seconds=ANSWER_SECONDS)
            yield
            await self.connection.execute("COMMIT", timeout_seconds=_UNLIMITED)
        except Unavailable as error:
            raise explain(error, what, self.remedy) from None

    @asynccontextmanager
    async def _session(self, what: str) -> AsyncIterator[None]:
        """Run a block alone, outside a transaction; with the session the lock ends as well."""
        try:
            while not await self._is_locked("pg_try_advisory_lock"):  # noqa: ASYNC110 - no event
                await trio.sleep(LOOK_AGAIN_SECONDS)
            yield
            await self.connection.fetch(
                "SELECT pg_advisory_unlock($1)",
                self.schema.lock_key,
                timeout_seconds=ANSWER_SECONDS,
            )
        except Unavailable as error:
            raise explain(error, what, self.remedy) from None

    async def _is_locked(self, function: str) -> bool:
        [row] = await self.connection.fetch(
            f"SELECT pg_catalog.{function}($1) AS held",
            self.schema.lock_key,
            timeout_seconds=ANSWER_SECONDS,
        )
        return bool(row["held"])

    async def _take_step(self, what: str, step: str) -> None:
        """Run one statement of those that run outside a transaction; whole, or again another time.

        An index that could not be built stays behind, of no use, and is kept up to date: it is
        dropped, now or by who comes next.
        """
        of_each = partitioned_index(step)
        if of_each is not None:
            await self._index_partitions(what, of_each)
            return
        index = built_index(step)
        if index is None:
            await self._run(what, step)
            return
        await self._drop_broken(index)
        failure: MigrationError | None = None
        try:
            await self._run(what, step)
        except MigrationError as error:
            failure = error
        if failure is not None:
            await self._drop_broken(index)
            raise failure
        if await self._is_valid(index) is not True:
            raise MigrationError(f"{what} failed: the index {index} is not there, or not valid")

    async def _index_partitions(self, what: str, index: PartitionedIndex) -> None:
        """Build an index on each partition while others write, and make them one of the table's.

        Partitions that are made meanwhile get theirs by themselves.
        """
        await self._run(what, index.of_table)
        for row in await self.connection.fetch(
            _WITHOUT_INDEX, index.table, index.name, timeout_seconds=ANSWER_SECONDS
        ):
            await self._take_step(what, index.of_partition(row["relname"]))
            await self._run(what, index.joined(row["relname"]))
        if await self._is_valid(index.name) is not True:
            raise MigrationError(f"{what} failed: the index {index.name} is not valid")

    async def _run(self, what: str, script: str) -> None:
        try:
            await self.connection.execute(script, timeout_seconds=_UNLIMITED)
        except (DataRefused, ConstraintViolated) as error:
            raise MigrationError(f"{what} failed: {error}") from None

    async def _is_valid(self, index: str) -> bool | None:
        rows = await self.connection.fetch(_IS_VALID, index, timeout_seconds=ANSWER_SECONDS)
        return bool(rows[0]["is_valid"]) if rows else None

    async def _drop_broken(self, index: str) -> None:
        if await self._is_valid(index) is False:
            await self.connection.execute(
                f'DROP INDEX CONCURRENTLY IF EXISTS public."{index}"', timeout_seconds=_UNLIMITED
            )
