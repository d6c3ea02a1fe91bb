"""Takes a script apart that runs outside a transaction, and sees that each step can be repeated.

Such a script may end anywhere, and is run again from its beginning. It touches no database.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from pulse_router.domain.errors import MigrationError

_PART: Final = re.compile(
    r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|(\$\w*\$).*?\1|.", re.DOTALL
)
_INDEX: Final = re.compile(
    r"(?:CREATE(?: UNIQUE)?|DROP) INDEX CONCURRENTLY IF (?:NOT )?EXISTS (?:public\.)?([a-z0-9_]+)\b"
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


def _split(script: str) -> list[str]:
    steps = [""]
    for found in _PART.finditer(script):
        part = found[0]
        if part == ";":
            steps.append("")
        elif not part.startswith(("--", "/*")):
            steps[-1] += part
    return steps
