"""Takes a script apart that runs outside a transaction, and sees that each step can be repeated.

Such a script may end anywhere, and is run again from its beginning. It touches no database.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import attrs

from pulse_router.domain.errors import MigrationError

_MAX_NAME: Final = 63
_PART: Final = re.compile(
    r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|(\$\w*\$).*?\1|.", re.DOTALL
)
_INDEX: Final = re.compile(
    r"(?:CREATE(?: UNIQUE)?|DROP) INDEX CONCURRENTLY IF (?:NOT )?EXISTS (?:public\.)?([a-z0-9_]+)\b"
)
_OF_PARTITIONS: Final = re.compile(
    r"CREATE INDEX CONCURRENTLY IF NOT EXISTS (?:public\.)?([a-z0-9_]+)"
    r" ON EACH PARTITION OF public\.([a-z0-9_]+) (.+)"
)
_ANY_INDEX: Final = re.compile(r"(CREATE(\s+UNIQUE)?|DROP)\s+INDEX\b|REINDEX\b", re.IGNORECASE)


def split_steps(name: str, script: str) -> Sequence[str]:
    """Give the statements of a script, without the comments between them.

    Args:
        name: What to call the script in an error.
        script: The statements, each ended by a semicolon.

    Raises:
        MigrationError: There is none, or one about an index cannot be repeated.
    """
    steps = [step for each in _split(script) if (step := each.strip())]
    if not steps:
        raise MigrationError(f"{name} has no statement")
    for step in steps:
        if _ANY_INDEX.match(step) and not _INDEX.match(" ".join(step.split())):
            raise MigrationError(
                f"{name} runs outside a transaction, so that it may have to be repeated: write"
                " `CREATE INDEX CONCURRENTLY IF NOT EXISTS name …` or `DROP INDEX CONCURRENTLY IF"
                f" EXISTS name` for `{step[:80]}`"
            )
    return steps


def built_index(step: str) -> str | None:
    """Name the index that a step builds, if it builds one."""
    found = _INDEX.match(" ".join(step.split()))
    return found[1] if found is not None and found[0].startswith("CREATE") else None


@attrs.frozen
class PartitionedIndex:
    """An index that a partitioned table gets, which PostgreSQL cannot build while others write.

    Attributes:
        name: Its name.
        table: The table's.
        rest: What stands behind the table in CREATE INDEX.
    """

    name: str
    table: str
    rest: str

    @property
    def of_table(self) -> str:
        """Give the table the index, which is not valid until all partitions have theirs."""
        return f"CREATE INDEX IF NOT EXISTS {self.name} ON ONLY public.{self.table} {self.rest}"

    def name_in(self, partition: str) -> str:
        """Name the index of a partition."""
        return re.sub(r"[^a-z0-9_]", "_", f"{partition}_{self.name}".lower())[-_MAX_NAME:]

    def of_partition(self, partition: str) -> str:
        """Build the index of a partition."""
        name = self.name_in(partition)
        return f'CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON public."{partition}" {self.rest}'

    def joined(self, partition: str) -> str:
        """Make it part of the table's."""
        name = self.name_in(partition)
        return f"ALTER INDEX public.{self.name} ATTACH PARTITION public.{name}"


def partitioned_index(step: str) -> PartitionedIndex | None:
    """Say which index a step builds on each partition of a table, if it does."""
    found = _OF_PARTITIONS.fullmatch(" ".join(step.split()))
    return None if found is None else PartitionedIndex(*found.groups())


def _split(script: str) -> list[str]:
    steps = [""]
    for found in _PART.finditer(script):
        part = found[0]
        if part == ";":
            steps.append("")
        elif not part.startswith(("--", "/*")):
            steps[-1] += part
    return steps
