"""Real servers as receivers: nothing that they answered 2xx comes twice, and nothing is buried."""

from __future__ import annotations

from pathlib import Path

from pulse_router.postgres.database import Database
from tests.support.receivers import trials
from tests.support.receivers.nginx import make_nginx
from tests.support.receivers.node import make_node
from tests.support.receivers.python_servers import make_gunicorn, make_http_1_0
from tests.support.receivers.served import Receiver


def all_of_them(folder: Path) -> list[Receiver]:
    return [
        make_nginx(folder),
        make_gunicorn(folder, "sync"),
        make_gunicorn(folder, "gthread"),
        make_node(folder, "http"),
        make_node(folder, "express"),
        make_http_1_0(folder),
    ]


async def test_receivers_that_close_what_is_idle_get_everything_at_the_first_attempt(
    database: Database, reachable_folder: Path
) -> None:
    """Node after 0.7 seconds, nginx after one, gunicorn after two; some after ten requests."""
    receivers = all_of_them(reachable_folder)
    await trials.let_them_close_what_is_idle(database, receivers, (0.7, 1.0, 2.0))


async def test_receivers_that_restart_get_everything_once(
    database: Database, reachable_folder: Path
) -> None:
    await trials.let_them_restart(database, all_of_them(reachable_folder))


async def test_receivers_that_are_killed_get_everything_and_nothing_that_they_answered_again(
    database: Database, reachable_folder: Path
) -> None:
    await trials.kill_them(database, all_of_them(reachable_folder))
