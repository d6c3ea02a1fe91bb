"""What the commands that talk to the API make and refuse."""

from __future__ import annotations

import json
from typing import Any

from tests.support.api.server import ROUTE
from tests.support.commands.command_line import CommandLine, Told


async def make_route(cli: CommandLine, **changes: Any) -> int:
    told = await cli("routes", "create", "-", "--json", text=json.dumps(ROUTE | changes))
    assert told.status == 0, told.err
    return int(told.json["id"])


def refused(told: Told, words: str, status: int = 1) -> None:
    """It must have failed, with one sentence that says this."""
    assert (told.status, told.out) == (status, "")
    assert told.err.startswith("pulse-router: ")
    assert told.err.count("\n") == 1
    assert words in told.err
