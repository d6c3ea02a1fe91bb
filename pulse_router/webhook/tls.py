"""How webhooks speak TLS: the contexts that connections begin with, which may be exchanged.

It knows nothing of requests.
"""

from __future__ import annotations

import socket
import ssl

import attrs

from pulse_router.runtime.tls import client_context


@attrs.frozen
class TlsSession:
    """What another connection to the same server may resume; of use in its own context only."""

    context: ssl.SSLContext
    session: ssl.SSLSession

    @classmethod
    def of(cls, secured: ssl.SSLSocket) -> TlsSession | None:
        """Take it from a connection, if the server has given one."""
        session = secured.session
        return None if session is None else cls(secured.context, session)


class WebhookTls:
    """Begins every connection with the context that it was given last; others go on.

    Args:
        context: Whom to trust; the system's authorities by default.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context or client_context()

    def exchange(self, context: ssl.SSLContext) -> None:
        """Use another context for the connections to come."""
        self._context = context

    def wrap(self, sock: socket.socket, name: str, earlier: TlsSession | None) -> ssl.SSLSocket:
        """Make a connection one of TLS, which has not shaken hands yet.

        Args:
            sock: The connection; it is the answer's, whatever happens.
            name: Whose certificate the server must have.
            earlier: A session with the same server, to be resumed when it still can be.
        """
        context = self._context
        resumed = earlier.session if earlier is not None and earlier.context is context else None
        return context.wrap_socket(
            sock,
            server_hostname=name,
            do_handshake_on_connect=False,
            session=resumed,
        )
