"""What a session is set to, whatever server, database and login have been set to by others.

SQL means something else under other settings: a text, a date, a name without schema. So all that
ours depends on is said when a session begins; behind a pooler, whose sessions are shared, when a
transaction does. It must not know what the session is for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MEANING: Final[Mapping[str, str]] = {
    "search_path": "public, pg_temp",
    "standard_conforming_strings": "on",
    "transform_null_equals": "off",
    "quote_all_identifiers": "off",
    "array_nulls": "on",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "row_security": "on",
    "default_transaction_isolation": "read committed",
    "default_transaction_deferrable": "off",
    "statement_timeout": "0",
    "lock_timeout": "0",
}
"""What statements mean, and how long they may take: that is up to whoever waits for them."""

GUARDS: Final[Mapping[str, str]] = {
    "idle_in_transaction_session_timeout": "60s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
"""A client that vanished must not hold its locks until TCP gives up after two hours."""

WATCH_CLIENT: Final = "SET client_connection_check_interval = '10s'"
"""Ends a statement whose client has gone; refused on systems without the means for it."""

_DURABLE: Final = (
    "SELECT pg_catalog.set_config('synchronous_commit', 'on', %s)"
    " WHERE pg_catalog.current_setting('synchronous_commit') = 'off'"
)
BE_DURABLE: Final = _DURABLE % "false"
"""Makes commits wait for the disk; whoever has them wait for more than that is left alone."""

BE_DURABLE_ONCE: Final = _DURABLE % "true"


def local_settings() -> str:
    """Give statements that set what ours depends on, for one transaction."""
    each = [f"SET LOCAL {name} = {_quoted(name, value)}" for name, value in MEANING.items()]
    return "; ".join([*each, BE_DURABLE_ONCE])


def _quoted(name: str, value: str) -> str:
    """Quote a value; a list of names is no text."""
    return value if name == "search_path" else f"'{value}'"
