"""A command that a tenant's bound refuses fails, and says which bound, and the way out."""

from __future__ import annotations

import json

from pulse_router.domain.budgets import Budget
from tests.support.api.server import ROUTE, ApiForTests
from tests.support.commands.api_commands import make_route, refused
from tests.support.commands.command_line import CommandLine


async def test_a_command_that_a_bound_refuses_fails_with_the_bound_and_the_way_out(
    api: ApiForTests, cli: CommandLine
) -> None:
    api.budgets.change(Budget(routes=1), {})
    await make_route(cli)
    told = await cli("routes", "create", "-", text=json.dumps(ROUTE))
    refused(told, "may have 1 routes (limits.routes), and has 1")
    refused(told, "have the operator raise limits.routes for this tenant")

    api.budgets.change(Budget(requests_per_second=0.1), {})
    api.gate.follow()
    while (told := await cli("routes")).status == 0:
        pass
    refused(told, "requests a second (limits.requests_per_second)")
    refused(told, "try again later")
