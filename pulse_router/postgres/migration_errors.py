"""What is said when a schema cannot be brought up to date."""

from __future__ import annotations

from typing import Final

from pulse_router.domain.errors import MigrationError, NotAllowedHere, PulseError, Unavailable
from pulse_router.postgres.errors import ConnectionLost

_PRIVILEGE_MISSING: Final = "42501"

# Connection, conflict, resources, lock, operator, system: these pass.
_PASSING: Final = ("08", "40", "53", "55", "57", "58")


def explain(error: Unavailable, what: str, remedy: str) -> PulseError:
    """Tell what passes by itself from what somebody has to mend.

    Args:
        error: Why something was refused.
        what: What was to be done.
        remedy: What an administrator has to do when it is the rights that lack.
    """
    state = error.sqlstate or ""
    if isinstance(error, ConnectionLost) or state.startswith(_PASSING):
        return error
    if state == _PRIVILEGE_MISSING:
        return NotAllowedHere(
            f"{what} needs rights that this login does not have ({error}); an administrator has"
            f" to run {remedy}"
        )
    return MigrationError(f"{what} failed: {error}")
