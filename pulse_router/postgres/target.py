"""What the URL of a database says, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Final

import attrs

DEFAULT_PORT: Final = 5432
SYSTEM: Final = "system"
"""As the file of authorities: those that the system trusts."""

VERIFYING: Final = ("verify-ca", "verify-full")


@attrs.frozen
class Host:
    """One server.

    Attributes:
        name: Its name or address, or the folder of its Unix socket; empty for this machine's.
        port: Its port.
        address: The address to connect to, where the URL gives it beside the name.
    """

    name: str
    port: int
    address: str | None = None

    @property
    def is_here(self) -> bool:
        """Whether nobody can stand between: a Unix socket, or this machine's loopback."""
        if not self.name or self.name.startswith("/"):
            return True
        try:
            return ip_address(self.address or self.name).is_loopback
        except ValueError:
            return self.name == "localhost"

    def __str__(self) -> str:
        """Write it as sentences name it."""
        if not self.name or self.name.startswith("/"):
            return self.name or "this machine"
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port == DEFAULT_PORT else f"{name}:{self.port}"


@attrs.frozen(kw_only=True)
class Tls:
    """How connections are encrypted, in libpq's words.

    Attributes:
        mode: `disable`, `allow`, `prefer`, `require`, `verify-ca` or `verify-full`.
        ca_file: Whose certificates are good: a file, `SYSTEM`, or None where it does not matter.
        cert_file: The certificate to show, if any; `key_file` and `key_password` belong to it.
        crl_file: Certificates that are not good any more.
        least: The least version of TLS.
        most: The highest one, if bounded.
        is_direct: Whether TLS begins without asking in plain first.
    """

    mode: str
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    key_password: str | None = attrs.field(default=None, repr=False)
    crl_file: str | None = None
    least: str = "TLSv1.2"
    most: str | None = None
    is_direct: bool = False

    @property
    def verifies(self) -> bool:
        """Whether the server has to prove who it is."""
        return self.mode in VERIFYING

    @property
    def files(self) -> Mapping[str, str]:
        """The files that it takes, by the parameter that names each."""
        named = {
            "sslrootcert": None if self.ca_file == SYSTEM else self.ca_file,
            "sslcert": self.cert_file,
            "sslkey": self.key_file,
            "sslcrl": self.crl_file,
        }
        return {name: path for name, path in named.items() if path is not None}


@attrs.frozen(kw_only=True)
class Target:
    """What a URL says.

    Attributes:
        hosts: The servers, in the order in which they are tried.
        user: Whom to log in as; None for the account that the process runs as.
        password: The password, if it stands in the URL.
        passfile: A file of passwords to look into where none stands in the URL.
        database: The database; None for the one named as the user.
        tls: How connections are encrypted.
        session: What a server must be, a word of `target_session_attrs`.
        shuffles: Whether the servers are tried in any order.
        session_settings: What the server is told at the start of a session.
        connect_seconds: How long connecting to one server may take, where the URL says so.
        socket: Values of libpq's parameters for the socket, those that are given.
    """

    hosts: Sequence[Host]
    user: str | None
    password: str | None = attrs.field(repr=False)
    passfile: str | None
    database: str | None
    tls: Tls
    session: str
    shuffles: bool
    session_settings: Mapping[str, str]
    connect_seconds: float | None
    socket: Mapping[str, int]

    @property
    def server(self) -> str:
        """The servers as sentences name them."""
        return f"PostgreSQL at {', '.join(map(str, self.hosts))}"
