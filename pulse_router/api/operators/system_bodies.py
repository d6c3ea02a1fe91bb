"""What operators read of what a router runs on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from pulse_router.api.requests.responses import utc, utc_or_none
from pulse_router.api.requests.values import Time
from pulse_router.domain.insight.system import DatabaseState, OriginKind, ShownSetting


class SettingAnswer(msgspec.Struct):
    """A setting that holds now.

    Where `is_secret`, `value` is null, and `is_set` tells whether there is one. `origin` is who has
    given it, `source` the path or the variable; null of a default.
    """

    key: str
    value: Any
    is_secret: bool
    is_set: bool
    origin: OriginKind
    source: str | None


class MigrationAnswer(msgspec.Struct):
    """A migration that was applied; `applied_by` is the program's version, where it was noted."""

    version: int
    name: str
    applied_at: Time
    applied_by: str | None


class TableAnswer(msgspec.Struct):
    """A table with its indexes; `parent` is whose partition it is. `rows` is an estimate."""

    name: str
    parent: str | None
    bytes: int
    rows: int | None


class SharingRouterAnswer(msgspec.Struct):
    """A router that works on this database, and how many lanes of deliveries it holds.

    `lives` is what the router that answers has seen: who has not said for as long as a lease lasts
    that it goes on is gone. `alive_until` is by the database's clock.
    """

    name: str
    is_this: bool
    lives: bool
    alive_until: Time | None
    lanes: int


class DatabaseAnswer(msgspec.Struct):
    """What the database has to say; `bytes` is what all tables take.

    `lanes` is into how many deliveries are dealt out, `free_lanes` how many of them nobody holds.
    """

    server_version: str
    bytes: int
    migrations: list[MigrationAnswer]
    pending_migrations: list[str]
    tables: list[TableAnswer]
    routers: list[SharingRouterAnswer]
    lanes: int
    free_lanes: int


class CheckAnswer(msgspec.Struct):
    """Whether something is as it should be; `problem` says in a sentence why not.

    `since` is since when; null where nobody has seen it begin.
    """

    name: str
    is_ok: bool
    problem: str | None
    since: Time | None


class SystemAnswer(msgspec.Struct):
    """What this router runs on.

    `database` is null while it cannot be asked. `warnings` are of settings that are valid, and
    risky or of no use.
    """

    version: str
    python_version: str
    settings: list[SettingAnswer]
    warnings: list[str]
    checks: list[CheckAnswer]
    database: DatabaseAnswer | None


def setting_answers(shown: Sequence[ShownSetting]) -> list[SettingAnswer]:
    """Make the answer of settings."""
    return [
        SettingAnswer(it.key, it.value, it.is_secret, it.is_set, it.origin, it.source)
        for it in shown
    ]


def database_answer(state: DatabaseState) -> DatabaseAnswer:
    """Make the answer of what the database says."""
    routers = [
        SharingRouterAnswer(it.name, it.is_this, it.lives, utc_or_none(it.alive_until), it.lanes)
        for it in state.routers
    ]
    return DatabaseAnswer(
        server_version=state.server_version,
        bytes=sum(it.size_bytes for it in state.tables),
        migrations=[
            MigrationAnswer(it.version, it.name, utc(it.applied_at), it.applied_by)
            for it in state.applied
        ],
        pending_migrations=list(state.pending),
        tables=[TableAnswer(it.name, it.parent, it.size_bytes, it.rows) for it in state.tables],
        routers=routers,
        lanes=state.lanes,
        free_lanes=max(0, state.lanes - sum(it.lanes for it in routers)),
    )
