"""The figures cost the database little, however often they are asked for."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import pytest
import trio
from trio.testing import MockClock

from pulse_router.domain.budgets import Budget, Budgets
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.messages import Reason
from pulse_router.ingest.filter_shares import FilterShares
from pulse_router.mqtt.arrivals import Arrival
from pulse_router.mqtt.client import Client
from pulse_router.mqtt.options import ClientOptions
from pulse_router.runtime.ledger import Figures
from pulse_router.runtime.loop_lag import LoopLag
from pulse_router.runtime.meter import Meter
from pulse_router.runtime.readiness import Readiness
from pulse_router.status.backlogs import BacklogWatch
from pulse_router.status.ledger import Ledger
from pulse_router.status.router_status import PATIENCE_SECONDS, RouterStatus
from pulse_router.status.upstream import UpstreamWatch


@attrs.define
class SlowDatabase:
    """Counts how often it is asked, and takes its time; away, it says so."""

    takes_seconds: float = 0.002
    is_away: bool = False
    audits_at: list[float] = attrs.field(factory=list)
    depths: int = 0

    async def audit(self) -> Figures:
        self.audits_at.append(trio.current_time())
        await trio.sleep(self.takes_seconds)
        if self.is_away:
            raise Unavailable("the database is away")
        return Figures()

    async def queue_depth(self) -> int:
        self.depths += 1
        await trio.sleep(self.takes_seconds)
        return 7

    async def oldest_snapshot_seconds(self) -> float:
        await trio.lowlevel.checkpoint()
        return 12.5

    async def failed_by_route(self) -> Mapping[int | None, int]:
        await trio.lowlevel.checkpoint()
        return {3: 5, None: 2}


@attrs.frozen
class NoFigures:
    delivered: int = 0
    failed: int = 0
    dead_lettered: int = 0
    causes: Mapping[str, int] = attrs.field(factory=dict)
    pushed_back: int = 0
    held_lanes: int = 0
    refused: Mapping[Reason, int] = attrs.field(factory=dict)
    not_kept: Mapping[Reason, int] = attrs.field(factory=dict)
    unreadable: int = 0
    behind_seconds: float = 0.0
    filters: int = 0
    messages: int = 0
    bytes_today: int = 0
    is_full: bool = False


class NoBacklogs:
    """Nobody has anything waiting."""

    async def above(self, budgets: Budgets) -> Mapping[tuple[str, str], int]:
        del budgets
        await trio.lowlevel.checkpoint()
        return {}


def make_status(database: SlowDatabase) -> RouterStatus:
    arrivals, _ = trio.open_memory_channel[Arrival](1)
    options = ClientOptions(host="localhost", port=1883, client_id="c", topics=("#",))
    client = Client(options, arrivals, on_state=lambda _state: None)
    of_tenants: Meter[str | None] = Meter()
    for number in range(50):
        of_tenants.charge(f"TENANT{number}", number)
    return RouterStatus(
        readiness=Readiness(),
        client=client,
        delivery=NoFigures(),
        queue=database,
        letters=database,
        snapshots=database,
        ledger=Ledger(database, client),
        refusals=NoFigures(),
        faults=NoFigures(),
        route_upkeep=NoFigures(),
        clock=NoFigures(),
        budgets=(budgets := Budgets()),
        backlogs=BacklogWatch(NoBacklogs(), budgets),
        filters=FilterShares(),
        tenants=of_tenants,
        loop=LoopLag(),
        receipts=NoFigures(),
        upstream=UpstreamWatch(client),
    )


async def ask_for(status: RouterStatus, *, seconds: float, each_seconds: float) -> int:
    """Have 20 clients ask again and again; says how many answers there were."""
    answers = 0

    async def ask() -> None:
        nonlocal answers
        while True:
            await status.current()
            answers += 1
            await trio.sleep(each_seconds)

    with trio.move_on_after(seconds):
        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(ask)
    return answers


async def test_the_database_is_asked_once_a_second_however_many_ask(
    autojump_clock: MockClock,
) -> None:
    database = SlowDatabase()
    answers = await ask_for(make_status(database), seconds=10, each_seconds=0.25)
    assert answers > 20 * 30
    assert 7 <= len(database.audits_at) <= 10
    assert database.depths == len(database.audits_at)
    gaps = [b - a for a, b in zip(database.audits_at, database.audits_at[1:], strict=False)]
    assert min(gaps) >= 1


async def test_dear_figures_are_asked_for_less_often(autojump_clock: MockClock) -> None:
    database = SlowDatabase(takes_seconds=0.5)  # one second in all
    await ask_for(make_status(database), seconds=100, each_seconds=1)
    assert len(database.audits_at) <= 6


@pytest.mark.parametrize("takes_seconds", [0.002, 60])
async def test_while_the_database_is_away_it_is_asked_no_more_often(
    autojump_clock: MockClock, takes_seconds: float
) -> None:
    database = SlowDatabase(takes_seconds=takes_seconds, is_away=True)
    status = make_status(database)
    start = trio.current_time()
    await status.current()
    assert trio.current_time() - start <= PATIENCE_SECONDS
    await ask_for(status, seconds=20, each_seconds=0.25)
    assert len(database.audits_at) <= 21


async def test_no_label_holds_what_devices_or_tenants_make_up(autojump_clock: MockClock) -> None:
    samples = (await make_status(SlowDatabase()).current()).samples
    bounded = {
        "reason": {reason.value for reason in Reason},
        "route": {"3", "others"},  # as many as are counted, which is bounded
        "kind": {"filter", "message"},
        "bound": {each.name for each in attrs.fields(Budget)},
        "rank": set(map(str, range(1, 11))),
        "book": {"received", "in_hand", "persisted", "matched", "buried"},
    }
    for sample in samples:
        for name, value in sample.labels.items():
            assert value in bounded[name], sample


async def test_dead_letters_are_told_by_route_and_cause(autojump_clock: MockClock) -> None:
    samples = (await make_status(SlowDatabase()).current()).samples
    told = {
        sample.labels["route"]: sample.value
        for sample in samples
        if sample.name == "pulse_dead_letters_failed"
    }
    assert told == {"3": 5, "others": 2}
