"""What a schema is, and its numbered migrations as files; touches no database.

A file may begin with comments that say how it is applied and what it asks for:

    -- outside a transaction
    -- oldest: 0018
    -- locks: nothing for longer than a moment

`oldest` is the last migration that a program has to know to run on the schema as it is afterwards.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Sequence
from importlib.resources.abc import Traversable
from itertools import pairwise
from typing import Final

import attrs

from pulse_router.domain.errors import MigrationError
from pulse_router.postgres.migration_steps import split_steps

_FILE_NAME: Final = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_OUTSIDE: Final = "-- outside a transaction"
_DECLARATION: Final = re.compile(r"-- (oldest|locks): *(.*)")


@attrs.frozen
class Migration:
    """One file.

    Args:
        version: Its number.
        name: The file's name, without the ending.
        checksum: The SHA-256 of the script, in hexadecimal digits.
        script: What is run.
        statements: Where it runs outside a transaction, what is run one after the other.
        oldest: The last migration that a program has to know afterwards; None where it is not said.
        locks: What is locked meanwhile, in words; None where it is not said.
    """

    version: int
    name: str
    checksum: str
    script: str = attrs.field(repr=False)
    statements: Sequence[str] | None = attrs.field(default=None, repr=False)
    oldest: int | None = None
    locks: str | None = None

    @property
    def in_transaction(self) -> bool:
        """Whether all of it is applied, or nothing."""
        return self.statements is None


@attrs.frozen(kw_only=True)
class Schema:
    """Which schema it is, and how sentences about it speak.

    Args:
        folder: Where the migrations lie.
        roles: The server's roles that they make, for the login role to act as.
        lock_key: The advisory lock under which they run, the same in all processes.
        program: The program that brings them along; `PROGRAM migrate --url URL` applies them.
        program_version: Its version.
        declares_from: From which number on each file has to say `oldest` and `locks`.
        user: Who logs in.
        without_superuser: What somebody needs who applies them and is none, in a sentence in which
            `{login}` stands for their role.
    """

    folder: Traversable
    roles: Sequence[str]
    lock_key: int
    program: str
    program_version: str
    declares_from: int
    user: str
    without_superuser: str


def read_migrations(schema: Schema) -> Sequence[Migration]:
    """Read every migration, in order.

    Raises:
        MigrationError: There is none, a name has another form, a number is missing or twice, or a
            file does not say what it has to.
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
        if migration.version >= schema.declares_from:
            _check_declared(migration)
    for migration, following in pairwise(each for each in migrations if each.oldest is not None):
        if (following.oldest or 0) < (migration.oldest or 0):
            raise MigrationError(
                f"{following.name} says `-- oldest: {following.oldest:04}`, but {migration.name}"
                f" asks for {migration.oldest:04} already"
            )
    return migrations


def _check_declared(migration: Migration) -> None:
    for name, value in (("oldest: NNNN", migration.oldest), ("locks: …", migration.locks)):
        if value is None:
            raise MigrationError(
                f"{migration.name} has to say `-- {name}` in the comment that it begins with"
            )


def _read(file: Traversable) -> Migration:
    found = _FILE_NAME.fullmatch(file.name)
    if found is None:
        raise MigrationError(f"{file.name} is not named like a migration (0001_what_it_does.sql)")
    # A checkout with other line ends is still the same migration.
    script = file.read_text(encoding="utf-8").replace("\r\n", "\n")
    name, version = file.name.removesuffix(".sql"), int(found[1])
    declared = _read_declarations(script)
    return Migration(
        version=version,
        name=name,
        checksum=hashlib.sha256(script.encode()).hexdigest(),
        script=script,
        statements=split_steps(name, script) if script.startswith(f"{_OUTSIDE}\n") else None,
        oldest=_read_oldest(name, version, declared.get("oldest")),
        locks=declared.get("locks") or None,
    )


def _read_declarations(script: str) -> dict[str, str]:
    """Read what the comment says that a script begins with."""
    comment = itertools.takewhile(lambda line: line.startswith("--"), script.splitlines())
    found = (_DECLARATION.fullmatch(line) for line in comment)
    return {each[1]: each[2].strip() for each in found if each is not None}


def _read_oldest(name: str, version: int, said: str | None) -> int | None:
    if said is None:
        return None
    if not re.fullmatch(r"[0-9]{4}", said) or not 0 < int(said) <= version:
        raise MigrationError(
            f"{name} says `-- oldest: {said}`: that has to be the number of a migration, four"
            " digits, and its own at the most"
        )
    return int(said)
