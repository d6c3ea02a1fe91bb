"""Whatever a keeper's round fails of, it says so, ends nothing, and does the next one."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, cast

import attrs
import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from trio.testing import MockClock

from pulse_router.domain.errors import ConstraintViolated, DataRefused, Unavailable, Unreadable
from pulse_router.domain.secrets.sealing import Sealer
from pulse_router.ingest.last_seen import LastSeen
from pulse_router.oidc.issuer_keys import IssuerKeys
from pulse_router.postgres.database import Database
from pulse_router.postgres.listen import listen
from pulse_router.runtime.seldom import Seldom
from pulse_router.settings import Settings, SettingsError, load_settings
from pulse_router.settings.live import LiveSettings
from pulse_router.stores.routes.upkeep import RouteUpkeep
from pulse_router.stores.telemetry import maintenance
from tests.support.hostile.values import json_texts
from tests.support.settings import SECRET

FAULTS = [
    OverflowError("date value out of range"),
    RecursionError("too deep"),
    ExceptionGroup("several", [KeyError("x")]),
    Unreadable("a row of another version"),
    DataRefused("no", sqlstate="22000"),
    ConstraintViolated("no", constraint=None),
    Unavailable("away"),
]


@attrs.define
class Rounds:
    """Fails in the first rounds, and counts them all."""

    fault: Exception
    done: int = 0

    async def __call__(self, *_anything: object) -> None:
        await trio.lowlevel.checkpoint()
        self.done += 1
        if self.done <= 3:
            raise self.fault


@attrs.define
class BrokenDatabase:
    """A database that nothing can be asked of."""

    rounds: Rounds
    told: Seldom = attrs.field(factory=Seldom)

    def transaction(self, *_role: object, **_options: object) -> BrokenDatabase:
        return self

    async def __aenter__(self) -> NoReturn:
        await self.rounds()
        raise self.rounds.fault

    async def __aexit__(self, *_error: object) -> None:
        await trio.lowlevel.checkpoint()  # noqa: ASYNC102 - it is never entered

    async def query(self, *_values: object, **_options: object) -> list[object]:
        await self.rounds()
        raise self.rounds.fault

    async def call(self, *_values: object, **_options: object) -> list[object]:
        await self.rounds()
        raise self.rounds.fault


async def note_devices(rounds: Rounds) -> None:
    class Store:
        async def write_last_seen(self, _seen: object) -> None:
            last_seen.times["T", "D"] = datetime.now(UTC)
            await rounds()

    last_seen = LastSeen()
    last_seen.times["T", "D"] = datetime.now(UTC)
    await last_seen.run(Store())


async def hear_changes(rounds: Rounds) -> None:
    await listen(None, "changes", rounds, on_gap=rounds, poll_seconds=1)


async def look_after_routes(rounds: Rounds) -> None:
    database = cast("Database", BrokenDatabase(rounds))
    await RouteUpkeep(database, Sealer()).run()


async def keep_tables(rounds: Rounds) -> None:
    await maintenance.run(
        cast("Database", BrokenDatabase(rounds)),
        telemetry_days=1,
        rejected_days=1,
        dead_letter_days=1,
        alert_days=1,
        audit_days=1,
    )


async def ask_issuer(rounds: Rounds) -> None:
    async def fetch() -> Any:
        await rounds()
        raise Unavailable("still")

    await IssuerKeys(fetch).run()


KEEPERS = [note_devices, hear_changes, look_after_routes, keep_tables, ask_issuer]


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
@pytest.mark.parametrize("keeper", KEEPERS)
async def test_a_keeper_whose_round_fails_does_the_next_one(
    autojump_clock: MockClock,
    keeper: Callable[[Rounds], Awaitable[None]],
    fault: Exception,
) -> None:
    rounds = Rounds(fault)
    with capture_logs() as told, trio.move_on_after(1000):
        await keeper(rounds)
    assert rounds.done > 3
    assert told or keeper is note_devices


CURSED_FILES = [
    "a=" + "[" * 5000 + "]" * 5000,
    "[mqtt]\nport=" + "9" * 5000,
    "[delivery]\nallow_networks=[[[]]]\nca_file=[1]",
    '[delivery]\nca_file="/dev/null"\nallow_networks=["0.0.0.0/0","::/0",5]',
    '[mqtt]\nhost="\\u0000"',
    "\x00\x01",
    "[log]\nlevel=1979-05-27T07:32:00Z",
]
sections = st.sampled_from(["mqtt", "delivery", "database", "ingest", "auth", "http", "x"])
names = st.sampled_from(["host", "port", "topics", "ca_file", "allow_networks", "secret", "url"])


@given(
    st.sampled_from(CURSED_FILES)
    | st.text(max_size=100)
    | st.tuples(sections, names, json_texts()).map(lambda t: f"[{t[0]}]\n{t[1]} = {t[2]}\n")
)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_stands_in_a_file_that_is_read_again_those_from_before_hold(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "pulse-router.toml"
    good = f'[auth]\nsecret = "{SECRET}"\n'
    path.write_text(good)

    def load() -> Settings:
        return load_settings(path, {})

    def fail(new: Settings) -> None:
        if new.delivery.ca_file is not None:
            raise TypeError("not this")

    async def main() -> None:
        live = LiveSettings(load(), load)
        live.follow(fail, "delivery.ca_file")
        live.follow(lambda _new: None, "log.level")
        before = live.running
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        with contextlib.suppress(SettingsError):  # and nothing else is raised
            load()
        with capture_logs():
            await live.reload()
        assert live.running.delivery == before.delivery
        path.write_text(f'{good}[log]\nlevel = "error"\n')
        with capture_logs():
            await live.reload()
        assert live.running.log.level == "error"

    trio.run(main)
