"""Turns what asyncpg raises into our own errors.

It knows SQLSTATE codes and asyncpg's exceptions, and must not know what a statement was for. Only
PostgreSQL's primary message is passed on: its detail repeats the row, secrets included.
"""

from __future__ import annotations

import os
import re
import socket
import ssl

import asyncpg

from pulse_router.domain.errors import (
    ConstraintViolated,
    DataRefused,
    PulseError,
    TookTooLong,
    Unavailable,
)
from pulse_router.postgres.tls import describe_tls_error

# The position stands in a line of its own, in the server's language: only the order is fixed.
_COPY_POSITION = re.compile(r"^COPY ([^,\n]+), \D*(\d+)", re.MULTILINE)

# As asyncio numbers what each address of a name came to, and as asyncpg says that TLS was refused.
_NUMBERS = re.compile(r"\[Errno (\d+)\]")
_NO_TLS = "rejected SSL upgrade"

# What only a pooler between us and the server says: it knows few parameters, and changes the server
# under statements that were prepared.
_BY_POOLER = "unsupported startup parameter"
_PREPARED_ELSEWHERE = frozenset({"26000", "42P05"})
_SET_PGBOUNCER = (
    "a pooler such as PgBouncer seems to stand between: set database.pgbouncer = true (and"
    " database.direct_url to where PostgreSQL itself is), and no options in the URL"
)

# Admin shutdown, crash shutdown, starting up, database dropped, idle session ended.
_SESSION_ENDED = frozenset({"57P01", "57P02", "57P03", "57P04", "57P05", "25P03"})

# Conflicts, resources, locks, what was cancelled, the system, what a function raised.
_ANY_SESSION_S = ("40", "53", "55", "57", "58", "P0")

_STATEMENT_CANCELLED = "57014"
_INVALID_PARAMETER_VALUE = "22023"
_INVALID_CLIENT_VALUE = "22000"


class ConnectionLost(Unavailable):
    """The connection itself failed: nothing is known of what was under way on it."""


def translate(error: Exception, *, closed: bool) -> PulseError | None:
    """Find our name for an error of asyncpg.

    Args:
        error: What asyncpg raised.
        closed: Whether the connection is closed now.

    Returns:
        The error to raise in its place, or None when it is a bug of ours and must stay what it is.
    """
    match error:
        case asyncpg.DataError() if error.severity is None:  # it never came to the server
            return _from_encoder(error)
        case asyncpg.PostgresError():
            return _from_server(error)
        case OSError():
            return ConnectionLost(f"the connection to PostgreSQL failed: {_one_line(error)}")
        case asyncpg.InternalClientError():
            # Among others: the server's farewell was read, and the end of the line not yet.
            return ConnectionLost(
                f"the connection to PostgreSQL is in disorder: {_one_line(error)}"
            )
        case asyncpg.InterfaceError() if closed:
            return ConnectionLost("the connection to PostgreSQL was closed")
        case _:
            return None


def speaks_of_session(error: PulseError) -> bool:
    """Tell whether another session might do what this one was refused.

    A server that has become a standby, rights that were given back, a plan that no longer fits, a
    name that is not found: all of that a session may keep from its beginning. A conflict, a lock,
    a lack of room or a deadline would meet another one as well.
    """
    if not isinstance(error, Unavailable) or error.sqlstate is None:
        return False
    return not error.sqlstate.startswith(_ANY_SESSION_S)


def not_ready(error: DataRefused) -> PulseError:
    """Say why no transaction was begun: when the role is missing, no data is to blame."""
    if error.sqlstate != _INVALID_PARAMETER_VALUE:
        return error
    return Unavailable(str(error), sqlstate=error.sqlstate)


def unknown_end(error: ConnectionLost) -> ConnectionLost:
    """Say that a transaction's end was not heard."""
    message = f"whether the transaction was committed is unknown: {error}"
    return ConnectionLost(message, sqlstate=error.sqlstate)


def connect_failure(error: Exception, *, server: str) -> Unavailable:
    """Say why no connection could be made; whatever it was, it may be mended while we wait.

    Args:
        error: What asyncpg raised.
        server: What was to be connected to, as sentences name it.
    """
    match error:
        case asyncpg.ConnectionDoesNotExistError():
            return _closed_early(error, server)
        case asyncpg.PostgresError():
            return Unavailable(_said(error), sqlstate=error.sqlstate)
        case OSError():
            return _on_the_way(error, server)
        case asyncpg.InterfaceError() | asyncpg.InternalClientError():
            return Unavailable(f"cannot connect to {server}: {_one_line(error)}")
        case _:
            # Not its text, which can hold a piece of what was given.
            return Unavailable(f"cannot connect to {server}: {type(error).__name__}")


def _on_the_way(error: OSError, server: str) -> ConnectionLost:
    if isinstance(error, ssl.SSLError):
        return ConnectionLost(f"{server} cannot be used: {describe_tls_error(error)}")
    if _NO_TLS in str(error):
        return ConnectionLost(
            f"{server} does not speak TLS, which the URL's sslmode asks for: turn on ssl in"
            " postgresql.conf, or choose another sslmode"
        )
    return ConnectionLost(
        f"cannot connect to {server}: {_system_words(error)}; "
        "is it running, and is the database's URL right?"
    )


def _closed_early(error: asyncpg.ConnectionDoesNotExistError, server: str) -> ConnectionLost:
    cause = error.__cause__
    if isinstance(cause, ssl.SSLError):
        return ConnectionLost(f"{server} cannot be used: {describe_tls_error(cause)}")
    return ConnectionLost(
        f"{server} closed the connection before the login was done; its log says why (where it asks"
        " for a certificate: set sslcert and sslkey in the URL)"
    )


def refused_value(error: Exception, *, relation: str, line: int) -> DataRefused:
    """Say that a value of a COPY has no form that PostgreSQL could read.

    Args:
        error: What the encoder raised; its text may hold the value and is not passed on.
        relation: The table of the COPY.
        line: The row's number in it, from 1.
    """
    return DataRefused(
        f"a value cannot be encoded for {relation} ({type(error).__name__})",
        sqlstate=_INVALID_CLIENT_VALUE,
        relation=relation,
        line=line,
    )


def _from_server(error: asyncpg.PostgresError) -> PulseError:
    state = error.sqlstate or "XX000"
    said = _said(error)
    if state.startswith("08") or state in _SESSION_ENDED:
        return ConnectionLost(said, sqlstate=state)
    if state.startswith("22") or state == "54000":
        position = _COPY_POSITION.search(error.context or "")
        return DataRefused(
            said,
            sqlstate=state,
            relation=position[1] if position else None,
            line=int(position[2]) if position else None,
        )
    if state.startswith("23") and not _is_missing_partition(error):
        return ConstraintViolated(said, constraint=error.constraint_name)
    kind = TookTooLong if state == _STATEMENT_CANCELLED else Unavailable
    return kind(said, sqlstate=state)


def _is_missing_partition(error: asyncpg.PostgresError) -> bool:
    """Tell a row that no partition takes from one that a CHECK refuses; both are 23514."""
    return error.sqlstate == "23514" and error.constraint_name is None


def _from_encoder(error: asyncpg.DataError) -> PulseError:
    """Judge by what the encoder met; asyncpg's own text repeats the value."""
    cause = error.__cause__
    if cause is not None and not isinstance(cause, ValueError | ArithmeticError):
        raise TypeError(f"an argument of a statement has the wrong type: {cause}") from None
    kind = type(cause or error).__name__
    return DataRefused(
        f"a value cannot be encoded for PostgreSQL ({kind})", sqlstate=_INVALID_CLIENT_VALUE
    )


def _said(error: asyncpg.PostgresError) -> str:
    said = f"PostgreSQL: {_one_line(error)} ({error.sqlstate})"
    is_pooled = error.sqlstate in _PREPARED_ELSEWHERE or _BY_POOLER in said
    return f"{said}; {_SET_PGBOUNCER}" if is_pooled else said


def _system_words(error: OSError) -> str:
    """Give the system's own words; asyncio's repeat the address in Python's form."""
    if error.errno is None:
        # A name with several addresses: asyncio joins what each of them came to.
        numbers = dict.fromkeys(map(int, _NUMBERS.findall(str(error))))
        return ", ".join(_lowered(os.strerror(each)) for each in numbers) or _one_line(error)
    is_lookup = isinstance(error, socket.gaierror)
    return _lowered(str(error.strerror) if is_lookup else os.strerror(error.errno))


def _lowered(words: str) -> str:
    return f"{words[:1].lower()}{words[1:]}"


def _one_line(error: Exception) -> str:
    """Keep the primary message, which holds neither detail nor hint."""
    text = str(error.args[0]) if isinstance(error, asyncpg.PostgresError) else str(error)
    return " ".join((text or type(error).__name__).split())[:300]
