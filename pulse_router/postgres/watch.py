"""Asks the database now and then whether it answers, so that an idle process knows of an outage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Role

EVERY_SECONDS: Final = 2.0


async def watch(database: Database, role: Role, *, report: Callable[[str | None], None]) -> None:
    """Ask for ever.

    Args:
        database: Whom to ask.
        role: Who asks.
        report: Told what is wrong, and None when the database has answered.
    """
    while True:
        try:
            async with database.transaction(role, read_only=True) as transaction:
                await transaction.fetch_value("SELECT 1")
        except Unavailable as error:
            report(str(error))
        else:
            report(None)
        await trio.sleep(EVERY_SECONDS)
