"""What a schema is, and its numbered migrations as files; touches no database."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from importlib.resources.abc import Traversable
from typing import Final

import attrs

from pulse_router.domain.errors import PulseError

_FILE_NAME: Final = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")


class MigrationError(PulseError):
    """The schema cannot be brought up to date, and waiting does not help; it says the remedy."""


@attrs.frozen
class Migration:
    """One file. `checksum` is the SHA-256 of the script, in hexadecimal digits."""

    version: int
    name: str
    checksum: str
    script: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Schema:
    """Which schema it is, and how sentences about it speak.

    Args:
        folder: Where the migrations lie.
        roles: The server's roles that they make, for the login role to act as.
        lock_key: The advisory lock under which they run, the same in all processes.
        program: The program that brings them along; `PROGRAM migrate --url URL` applies them.
        user: Who logs in.
        without_superuser: What somebody needs who applies them and is none, in a sentence in which
            `{login}` stands for their role.
    """

    folder: Traversable
    roles: Sequence[str]
    lock_key: int
    program: str
    user: str
    without_superuser: str


def read_migrations(schema: Schema) -> Sequence[Migration]:
    """Read every migration, in order.

    Raises:
        MigrationError: There is none, a name has another form, or a number is missing or twice.
    """
    migrations = [
        _read(file)
        for file in sorted(schema.folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
    ]
    if not migrations:
        raise MigrationError(
            f"there are no migrations in {schema.folder}: install {schema.program} again"
        )
    for expected, migration in enumerate(migrations, 1):
        if migration.version != expected:
            raise MigrationError(
                f"the migrations are not numbered without gaps: {migration.name} stands where"
                f" number {expected:04} belongs"
            )
    return migrations


def _read(file: Traversable) -> Migration:
    found = _FILE_NAME.fullmatch(file.name)
    if found is None:
        raise MigrationError(f"{file.name} is not named like a migration (0001_what_it_does.sql)")
    # A checkout with other line ends is still the same migration.
    script = file.read_text(encoding="utf-8").replace("\r\n", "\n")
    return Migration(
        version=int(found[1]),
        name=file.name.removesuffix(".sql"),
        checksum=hashlib.sha256(script.encode()).hexdigest(),
        script=script,
    )
