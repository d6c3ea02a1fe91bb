"""A router that may not migrate waits for whoever may, and goes on by itself."""

from __future__ import annotations

import trio

from tests.support.commands.router import RouterProcess, World
from tests.support.servers.migrating import migrate
from tests.support.servers.postgres import LOGIN_ROLE
from tests.support.waiting import wait_until


async def test_a_router_waits_for_the_migration_that_its_login_may_not_apply(
    unmigrated: World,
) -> None:
    router = unmigrated.router
    await trio.to_thread.run_sync(router.start)
    await wait_until(lambda: is_waiting(router))

    await migrate(unmigrated.postgres.admin_url(unmigrated.database), login_role=LOGIN_ROLE)

    await router.wait_until_ready()
    assert await trio.to_thread.run_sync(router.stop) == 0
    assert "Traceback" not in router.text


async def test_a_router_that_waits_for_a_migration_stops_when_it_is_told_to(
    unmigrated: World,
) -> None:
    router = unmigrated.router
    await trio.to_thread.run_sync(router.start)
    await wait_until(lambda: is_waiting(router))
    assert await trio.to_thread.run_sync(router.stop) == 0


def is_waiting(router: RouterProcess) -> bool:
    """Whether it answers, and says what somebody has to run."""
    return "pulse-router migrate --url" in (router.missing or {}).get("database", "")
