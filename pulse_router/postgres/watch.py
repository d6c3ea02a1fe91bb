"""Asks the database now and then whether it answers, so that an idle process knows of an outage."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import trio

from pulse_router.domain.errors import TROUBLE

EVERY_SECONDS: Final = 2.0


async def watch(
    ask: Callable[[], Awaitable[None]], *, report: Callable[[str | None], None]
) -> None:
    """Ask for ever.

    Args:
        ask: Asks something that costs little; raises `Unavailable` when there is no answer.
        report: Told what is wrong, and None when the database has answered.
    """
    while True:
        try:
            await ask()
        except TROUBLE as error:
            report(str(error))
        else:
            report(None)
        await trio.sleep(EVERY_SECONDS)
