"""A TLS context that can be exchanged while others hold it; it knows no certificates."""

from __future__ import annotations

import ssl
from collections.abc import Iterable


class ExchangeableContext(ssl.SSLContext):
    """Begins every connection with the context that it was given last.

    Whoever holds it need not be told of a new one, and connections that stand go on.
    """

    _current: ssl.SSLContext

    @classmethod
    def of(cls, context: ssl.SSLContext) -> ExchangeableContext:
        """Make one that begins with a context for clients."""
        made = cls(ssl.PROTOCOL_TLS_CLIENT)
        made._current = context
        return made

    def exchange(self, context: ssl.SSLContext) -> None:
        """Use another context for the connections to come."""
        self._current = context

    def set_alpn_protocols(self, alpn_protocols: Iterable[str]) -> None:
        """As `ssl.SSLContext` does, for this connection and those to come."""
        self._current.set_alpn_protocols(list(alpn_protocols))

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """As `ssl.SSLContext` does."""
        return self._current.wrap_bio(incoming, outgoing, server_side, server_hostname, session)
