"""Knows every parameter that libpq takes in a URL: which work here, and the way out of the others.

Nothing of a value is told: where a URL is written badly, it may be a piece of a password.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

TAKEN: Final = frozenset(
    {
        *("host", "hostaddr", "port", "dbname", "database", "user", "password", "passfile"),
        *("application_name", "options"),
        *("sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslcrl", "sslnegotiation"),
        *("ssl_min_protocol_version", "ssl_max_protocol_version"),
        *("target_session_attrs", "load_balance_hosts", "connect_timeout"),
        *(
            "keepalives",
            "keepalives_idle",
            "keepalives_interval",
            "keepalives_count",
            "tcp_user_timeout",
        ),
    }
)
"""Those that do what libpq's documentation says."""

HARMLESS: Final[Mapping[str, tuple[Collection[str] | None, str]]] = {
    "ssl": ({"true", "on", "1"}, "use sslmode=disable or sslmode=prefer"),
    "channel_binding": (
        {"disable", "prefer"},
        "channels cannot be bound here: leave it out, and use sslmode=verify-full instead",
    ),
    "gssencmode": (
        {"disable", "prefer"},
        "GSSAPI is not spoken here: leave it out, and use sslmode=verify-full instead",
    ),
    "client_encoding": ({"utf8", "utf-8", "unicode", "auto"}, "it is always UTF8: leave it out"),
    "fallback_application_name": (None, ""),
    "krbsrvname": (None, ""),
    "gsslib": (None, ""),
    "gssdelegation": ({"0"}, "GSSAPI is not spoken here: leave it out"),
    "sslcompression": ({"0"}, "TLS is not compressed any more: leave it out"),
    "sslsni": ({"1"}, "the name of the host is always told: leave it out"),
    "sslcertmode": ({"allow"}, "leave it out, and set or leave out sslcert"),
    "requiressl": ({"0"}, "use sslmode=require"),
    "min_protocol_version": ({"3.0"}, "version 3.0 is spoken: leave it out"),
    "max_protocol_version": ({"3.0", "3.2", "latest"}, "version 3.0 is spoken: leave it out"),
}
"""Those whose usual values ask for nothing: which values, and the way out of the others."""

REFUSED: Final[Mapping[str, str]] = {
    "service": "put what the service file says into the URL",
    "servicefile": "put what the service file says into the URL",
    "sslcrldir": "put the lists into one file and name it by sslcrl",
    "sslkeylogfile": "connections keep their secrets to themselves: leave it out",
    "requirepeer": "leave it out, and see to the rights of the socket's folder",
    "require_auth": "leave it out, and have the server prove itself by sslmode=verify-full",
    "replication": "leave it out: the router reads tables only",
    "scram_client_key": "give the password instead",
    "scram_server_key": "give the password instead",
    "oauth_issuer": "give a password or a client certificate (sslcert) instead",
    "oauth_client_id": "give a password or a client certificate (sslcert) instead",
    "oauth_client_secret": "give a password or a client certificate (sslcert) instead",
    "oauth_scope": "give a password or a client certificate (sslcert) instead",
    "pgbouncer": "set database.pgbouncer = true instead",
}

_MOST: Final = 2_147_483_647
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,62}")


class UrlProblem(ValueError):
    """The URL of a database cannot be used; the text goes on where its name has been told."""


def check_parameters(parameters: Mapping[str, str]) -> None:
    """Refuse the parameters that would be passed over in silence.

    Raises:
        UrlProblem: Which one, and the way out.
    """
    for name, value in parameters.items():
        if name in TAKEN:
            continue
        if name in HARMLESS:
            taken, way_out = HARMLESS[name]
            if taken is not None and value and value.lower() not in taken:
                raise UrlProblem(f"asks for {name} in a way that does not work here; {way_out}")
        elif name in REFUSED:
            raise UrlProblem(f"has the parameter {name}, which does not work here; {REFUSED[name]}")
        else:
            raise UrlProblem(_unknown(name))


def read_choice(parameters: Mapping[str, str], name: str, choices: Sequence[str]) -> str | None:
    """Read one of a few words; None where it is not given.

    Raises:
        UrlProblem: It is none of them.
    """
    value = parameters.get(name) or None
    if value is not None and value not in choices:
        raise UrlProblem(f"has a {name} that is none of {', '.join(choices)}")
    return value


def read_seconds(parameters: Mapping[str, str], name: str) -> int:
    """Read a whole number that is not negative; 0 where it is not given, or below.

    Raises:
        UrlProblem: It is no number.
    """
    value = parameters.get(name) or "0"
    if re.fullmatch(r"-?\d{1,10}", value, re.ASCII) is None or int(value) > _MOST:
        raise UrlProblem(f"has a {name} that is no whole number")
    return max(0, int(value))


def _unknown(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        return "has a parameter behind the ? that libpq does not know"
    close = difflib.get_close_matches(name, [*TAKEN, *HARMLESS, *REFUSED], n=1, cutoff=0.75)
    meant = (
        f"did you mean {close[0]}?"
        if close
        else f"a setting of the server goes into options=-c%20{name}%3D…"
    )
    return f"has the parameter {name}, which libpq does not know; {meant}"
