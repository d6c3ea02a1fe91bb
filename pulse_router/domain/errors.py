"""Errors that edges raise and stages understand; foreign exceptions stop at the edge."""

from __future__ import annotations

from typing import Final


class PulseError(Exception):
    """Base of every error that the router raises on purpose."""


class Unavailable(PulseError):
    """An outside party (database, broker) cannot do its work now: hold, say so, retry.

    Args:
        message: One sentence for the operator, without secrets.
        sqlstate: PostgreSQL's error code, where the database gave one.
    """

    def __init__(self, message: str, *, sqlstate: str | None = None) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate


class TookTooLong(Unavailable):
    """The database has given a statement up, for it took longer than it may."""


class DataRefused(PulseError):
    """PostgreSQL refuses a value as data (SQLSTATE class 22, or 54000): trying again is futile.

    Args:
        message: What the database said.
        sqlstate: Its error code.
        relation: The table of the refused COPY, where the error names it.
        line: The refused line of that COPY, counted from 1, where the error names it.
    """

    def __init__(
        self,
        message: str,
        *,
        sqlstate: str,
        relation: str | None = None,
        line: int | None = None,
    ) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.relation = relation
        self.line = line


class ConstraintViolated(PulseError):
    """A row breaks a constraint of its table (SQLSTATE class 23).

    Args:
        message: What the database said.
        constraint: The name of the constraint, where known.
    """

    def __init__(self, message: str, *, constraint: str | None) -> None:
        super().__init__(message)
        self.constraint = constraint


class Unreadable(PulseError):
    """A stored row has a form that this version does not know: somebody else has written it."""


REFUSALS: Final = (DataRefused, ConstraintViolated)
"""How PostgreSQL says that it will never take what it was given, or not so."""

TROUBLE: Final = (Unavailable, *REFUSALS)
"""What passes, or is mended by somebody, where no message of ours can be to blame: a keeper that
asks the same each time holds and says so, for a trigger or a row of somebody's may be all it is."""


class LifeOver(PulseError):
    """Another life of this router has begun: what this one has in hand is the other's to store."""


class MigrationError(PulseError):
    """The schema cannot be brought up to date, and waiting does not help; it says the remedy."""


class NotAllowedHere(MigrationError):
    """This login, or this way to the server, may not do it: somebody else may, at any time."""
