"""What a change of one route costs beside ten thousand others, or a hundred thousand."""

from __future__ import annotations

import statistics
import time
from functools import partial
from typing import Final

import trio_asyncio

from pulse_router.domain.filters.payload_filter import compile_filter
from pulse_router.domain.filters.weight import Fuel
from pulse_router.ingest.route_table import RouteTable
from pulse_router.postgres.database import open_database
from pulse_router.runtime.garbage import collect_less, collect_nothing
from pulse_router.stores.roles import Role
from pulse_router.stores.routes.matchable import PostgresMatchableRoutes
from tests.benchmarks.stage import Stage
from tests.support.apart import run_apart
from tests.support.work import Steps

CHANGES: Final = 50
MOST_MILLISECONDS: Final = 50.0
"""After how long a change must be in effect."""
MOST_OF_A_STEP: Final = 10.0
"""What a step of the loop may take meanwhile, in milliseconds."""

_ROUTES: Final = """
INSERT INTO message_routes (tenant_id, name, topic_filter, destination_type, payload_filter)
SELECT 'TENANT' || n % {tenants}, 'route ' || n,
       'tenant/+/device/DEV-' || n % 500 || '/telemetry', 'webhook',
       ('{{"temperature": {{"$gt": ' || n % 5000 || '}},'
        || '"state": {{"$regex": "^(warn|error)", "$options": "i"}}}}')::jsonb
FROM generate_series(1, {routes}) AS n
"""


def run(stage: Stage) -> None:
    """Measure, print, and end the program where a change is too dear."""
    for routes, tenants in ((10_000, 1), (10_000, 100), (100_000, 1_000)):
        name = stage.create_database()
        stage.postgres.psql(name, _ROUTES.format(routes=routes, tenants=tenants))
        stage.postgres.psql(name, "VACUUM ANALYZE message_routes")
        run_apart(partial(_measure, stage.login_url(name), routes, tenants))


async def _measure(url: str, routes: int, tenants: int) -> None:
    async with trio_asyncio.open_loop(), open_database(url, pool_size=2) as database:
        source = PostgresMatchableRoutes(
            database,
            compile_filter=partial(compile_filter, fuel=Fuel()),
            on_broken=print,
        )
        table = RouteTable(source, on_change=lambda: None)
        print(f"\n{routes} routes of {tenants} tenants, in ms, and the longest step")
        with Steps() as steps:
            began, worked = time.perf_counter(), time.process_time()
            with collect_nothing():  # as the router does at its start
                await table.refresh()
            cpu = f"read, compiled, indexed ({(time.process_time() - worked) * 1000:.0f} of CPU)"
            print(_line(cpu, [_since(began)], steps))
        collect_less()
        with Steps() as steps:
            began = time.perf_counter()
            await table.refresh()
            print(_line("looked for changes, none", [_since(began)], steps))
        taken = []
        with Steps() as steps:
            for number in range(CHANGES):
                async with database.transaction(Role.OPERATOR) as transaction:
                    await transaction.execute(
                        "UPDATE message_routes SET name = $1 WHERE id = 7", f"changed {number}"
                    )
                began = time.perf_counter()
                await table.refresh({7})
                taken.append(_since(began))
            print(_line(f"one changed, {CHANGES} times, p50 and worst", taken, steps))
        if max(taken) > MOST_MILLISECONDS or steps.longest_seconds * 1000 > MOST_OF_A_STEP:
            raise SystemExit("a change of one route costs too much")


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def _line(what: str, milliseconds: list[float], steps: Steps) -> str:
    worst = max(milliseconds)
    return (
        f"  {what:45} {statistics.median(milliseconds):8.1f} {worst:8.1f}"
        f"   {steps.longest_seconds * 1000:6.1f}"
    )
