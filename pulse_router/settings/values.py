"""Values that settings are made of; they know nothing of where a value came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import attrs


@attrs.frozen
class Origin:
    """Where the value of a setting was given.

    Attributes:
        kind: A settings file, a variable of the environment, or a file that holds a secret alone.
        name: The path, or the variable; several variables with commas between.
    """

    kind: Literal["file", "environment", "secret_file"]
    name: str


@attrs.frozen
class Bind:
    """The address that the HTTP server listens on. Port 0 lets the system choose."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Bind:
        """Read `host:port`; an IPv6 host stands in brackets, as in `[::]:8080`.

        Raises:
            ValueError: What is wrong with it.
        """
        host, colon, port = text.strip().rpartition(":")
        if not colon or not port.isascii() or not port.isdigit() or int(port) > 65_535:
            raise ValueError("the port is missing or no number up to 65535")
        if host.startswith("[") and host.endswith("]"):
            host = host[1:-1]
        elif ":" in host:
            raise ValueError("an IPv6 address stands in brackets")
        if not host or any(character.isspace() for character in host):
            raise ValueError("the host is missing")
        return cls(host, int(port))

    def __str__(self) -> str:
        """Write it as `parse` reads it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@attrs.frozen
class ClientCertificate:
    """A certificate that webhooks show, and its key, which stands in the same file by default.

    Attributes:
        tenants: Whose routes may name it; all of them where none is named.
    """

    cert_file: Path
    key_file: Path | None = None
    tenants: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> ClientCertificate:
        """Read `certificate.pem` or `certificate.pem:key.pem`, as the environment has it.

        Raises:
            ValueError: A path is missing.
        """
        certificate, colon, key = text.partition(":")
        if not certificate or (colon and not key):
            raise ValueError("a path is missing")
        return cls(Path(certificate), Path(key) if key else None)

    @classmethod
    def read(cls, table: object) -> ClientCertificate:
        """Read what a settings file has: `cert_file`, `key_file` and `tenants`.

        Raises:
            ValueError: It is no such table.
        """
        known = {attribute.name for attribute in attrs.fields(cls)}
        if not isinstance(table, dict) or not table.keys() <= known:
            raise ValueError("no certificate")
        tenants = table.get("tenants", [])
        if not isinstance(tenants, list) or not all(isinstance(one, str) for one in tenants):
            raise ValueError("no list of tenants")
        key_file = _path(table["key_file"]) if "key_file" in table else None
        return cls(_path(table.get("cert_file")), key_file, tuple(tenants))


class ClientCertificates(Mapping[str, ClientCertificate]):
    """Certificates by their names; immutable."""

    def __init__(self, named: Mapping[str, ClientCertificate] | None = None) -> None:
        self._named = dict(named or {})

    def __getitem__(self, name: str) -> ClientCertificate:
        """Give the one of a name."""
        return self._named[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._named)

    def __len__(self) -> int:
        """Count them."""
        return len(self._named)

    def __hash__(self) -> int:
        """As of any value that equals another one."""
        return hash(frozenset(self._named.items()))


def _path(value: object) -> Path:
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError("no path")
    return Path(value)
