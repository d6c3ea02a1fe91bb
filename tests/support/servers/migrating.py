"""Migrates a test's database, by files of ours or of the test's."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import outcome
import pytest
import trio_asyncio

from pulse_router.postgres.migrations import MigrationReport
from pulse_router.stores import schema
from tests.support.servers.postgres import PostgresForTests

T = TypeVar("T")


async def in_asyncio_loop(function: Callable[[], Awaitable[T]]) -> T:
    """Run a function, and raise its errors bare: the loop wraps those that leave it in groups."""
    async with trio_asyncio.open_loop():
        result = await outcome.acapture(function)
    return result.unwrap()


async def migrate(
    url: str,
    *,
    login_role: str | None = None,
    folder: Path | None = None,
    pgbouncer: bool = False,
) -> MigrationReport:
    return await in_asyncio_loop(
        functools.partial(
            schema.migrate, url, login_role=login_role, folder=folder, pgbouncer=pgbouncer
        )
    )


async def pending(url: str, *, folder: Path | None = None) -> list[str]:
    """Name what is not applied yet."""
    due = await in_asyncio_loop(functools.partial(schema.pending, url, folder=folder))
    return [migration.name for migration in due]


@pytest.fixture
def empty(postgres_server: PostgresForTests) -> Iterator[str]:
    """The name of a database without our tables."""
    name = postgres_server.create_database(template="template1")
    yield name
    postgres_server.drop_database(name)
