"""A router runs on a schema that the next release has expanded, and not on a contracted one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import trio

from pulse_router.domain.errors import MigrationError
from pulse_router.postgres.migration_files import read_migrations
from pulse_router.stores.schema import find_folder, schema_in
from tests.support.commands.router import World
from tests.support.ingest.pressure import assert_all_is_stored_once
from tests.support.mqtt.fleet import Fleet
from tests.support.servers.migrating import migrate, pending

TODAY = read_migrations(schema_in(find_folder()))[-1]
EXPANDS = f"-- oldest: {TODAY.version:04}\n-- locks: nothing\nCREATE TABLE of_the_next_release ();"


@pytest.fixture
def next_release(tmp_path: Path) -> Path:
    """Today's migrations, and room for more."""
    folder = tmp_path / "sql"
    shutil.copytree(str(find_folder()), folder)
    return folder


def add(folder: Path, script: str, ahead: int = 1) -> str:
    name = f"{TODAY.version + ahead:04}_of_the_next_release"
    (folder / f"{name}.sql").write_text(script)
    return name


async def test_a_router_starts_and_stores_on_a_schema_that_was_expanded(
    world: World, next_release: Path
) -> None:
    name = add(next_release, EXPANDS)
    await migrate(world.postgres.admin_url(world.database), folder=next_release)

    await world.router.start_and_wait()
    fleet = Fleet(world)
    await fleet.publish(range(100), per_second=1_000)
    await assert_all_is_stored_once(world, fleet)

    assert await trio.to_thread.run_sync(world.router.stop) == 0
    assert "the database is ahead of this version of pulse-router" in world.router.text
    assert name in world.router.text
    assert "Traceback" not in world.router.text


async def test_a_router_that_the_schema_does_not_bear_ends_for_good_and_says_what_to_install(
    world: World, next_release: Path
) -> None:
    add(next_release, EXPANDS)
    oldest = TODAY.version + 2
    contracts = f"-- oldest: {oldest:04}\n-- locks: nothing\nDROP TABLE of_the_next_release;"
    name = add(next_release, contracts, ahead=2)
    await migrate(world.postgres.admin_url(world.database), folder=next_release)

    world.router.start()

    assert await trio.to_thread.run_sync(world.router.wait) == 3
    said = world.router.text.splitlines()[-1]
    assert f"is at migration {name}, which this version of pulse-router" in said
    assert f"asks for one that knows {oldest:04}: install pulse-router " in said


async def test_a_migration_that_does_not_say_whom_it_bears_bears_nobody_before_it(
    world: World, next_release: Path
) -> None:
    add(next_release, EXPANDS)
    url = world.postgres.admin_url(world.database)
    await migrate(url, folder=next_release)
    world.rows("UPDATE schema_migrations SET oldest = NULL, applied_by = NULL")

    with pytest.raises(MigrationError, match="install the version that applied it"):
        await pending(url)
