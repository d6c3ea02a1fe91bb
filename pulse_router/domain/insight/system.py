"""What a router runs on: its settings, its migrations, its tables, and who shares the work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias

import attrs

OriginKind: TypeAlias = Literal["default", "file", "environment", "secret_file"]


@attrs.frozen
class ShownSetting:
    """A setting, as it may be shown.

    Attributes:
        key: Its name, like `mqtt.port`.
        value: What it is, as JSON has it; None of a secret.
        is_secret: Whether its value is never shown.
        is_set: Whether it has any.
        origin: Who has given it: the default, a file of settings, the environment, or a file that
            holds a secret alone.
        source: The path of that file, or the name of the variable; None of a default.
    """

    key: str
    value: Any
    is_secret: bool
    is_set: bool
    origin: OriginKind
    source: str | None


@attrs.frozen
class AppliedMigration:
    """A migration that was applied, when, and by which version of the program, where it said so."""

    version: int
    name: str
    applied_at: datetime
    applied_by: str | None


@attrs.frozen
class TableRoom:
    """How much room a table takes on the disk, with its indexes.

    Attributes:
        name: Its name.
        parent: Whose partition it is; None where it is none.
        size_bytes: How many bytes.
        rows: How many rows, as the server estimates; None while it does not know.
    """

    name: str
    parent: str | None
    size_bytes: int
    rows: int | None


@attrs.frozen
class SharingRouter:
    """A router that works on this database.

    Attributes:
        name: Its name: the same in each of its lives.
        is_this: Whether it is the one that answers.
        lives: Whether it goes on, as far as this one has seen.
        alive_until: Until when it has said last that it goes on, by the database's clock.
        lanes: How many lanes of deliveries it holds.
    """

    name: str
    is_this: bool
    lives: bool
    alive_until: datetime | None
    lanes: int


@attrs.frozen
class DatabaseState:
    """What the database has to say of itself.

    Attributes:
        server_version: The server's, as it writes it.
        off: Settings of the server that are off, and without which a loss of power costs data.
        applied: The migrations that were applied, in order.
        pending: The names of those that this program has, and that were not.
        tables: What takes room, by name.
        routers: Who works on it.
        lanes: Into how many lanes deliveries are dealt out.
    """

    server_version: str
    off: Sequence[str]
    applied: Sequence[AppliedMigration]
    pending: Sequence[str]
    tables: Sequence[TableRoom]
    routers: Sequence[SharingRouter]
    lanes: int
