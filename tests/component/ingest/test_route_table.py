"""The routes in effect: read and indexed beside everything else, and swapped as a whole."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from pulse_router.domain.routes import DestinationType, MatchableRoute
from pulse_router.ingest.route_table import INDEXED_AT_ONCE, RouteTable

TOPIC = "tenant/T1/device/D/telemetry"


def make_route(number: int) -> MatchableRoute:
    return MatchableRoute(number, "T1", TOPIC, DestinationType.WEBHOOK, None)


class Source:
    """So many routes for one topic."""

    count = 1

    async def load_matchable(self) -> Sequence[MatchableRoute]:
        await trio.lowlevel.checkpoint()
        return list(map(make_route, range(self.count)))


async def test_others_get_their_turn_while_many_routes_are_indexed_and_see_all_or_nothing() -> None:
    source = Source()
    seen: list[int] = []
    changes: list[int] = []
    table = RouteTable(source, on_change=lambda: changes.append(len(seen)))
    await table.refresh()
    source.count = 20 * INDEXED_AT_ONCE

    async def look() -> None:
        while len(changes) < 2:
            seen.append(len(table.current.candidates("T1", TOPIC)))
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(look)
        await table.refresh()
    assert seen.count(1) >= 20
    assert set(seen) <= {1, source.count}
    assert len(table.current.candidates("T1", TOPIC)) == source.count
