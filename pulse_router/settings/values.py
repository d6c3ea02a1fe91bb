"""Values that settings are made of; they know nothing of where a value came from."""

from __future__ import annotations

import attrs


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
