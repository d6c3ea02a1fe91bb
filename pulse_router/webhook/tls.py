"""How webhooks speak TLS: the contexts that connections begin with, which may be exchanged.

It knows nothing of requests.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Collection, Mapping
from typing import Final

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


@attrs.frozen
class NamedContext:
    """A context that shows a certificate which routes may name; those of some tenants, or of all.

    Attributes:
        context: What connections begin with.
        tenants: Whose routes may; all of them where none is named.
    """

    context: ssl.SSLContext
    tenants: Collection[str] = ()

    def is_for(self, tenant_id: str) -> bool:
        """Tell whether a tenant's routes may name it."""
        return not self.tenants or tenant_id in self.tenants


@attrs.frozen
class TlsContexts:
    """What connections begin with; each trusts the same authorities.

    Attributes:
        common: For the routes that name no certificate.
        named: For those that do, by its name.
    """

    common: ssl.SSLContext = attrs.field(factory=client_context)
    named: Mapping[str, NamedContext] = attrs.field(factory=dict)


class WebhookTls:
    """Begins every connection with the contexts that it was given last; others go on.

    Args:
        contexts: Those to begin with.
    """

    def __init__(self, contexts: TlsContexts) -> None:
        self._contexts = contexts

    def exchange(self, contexts: TlsContexts) -> None:
        """Use others for the connections to come."""
        self._contexts = contexts

    def certificates_of(self, tenant_id: str) -> Collection[str]:
        """Name the certificates that a tenant's routes may name."""
        return {name for name, it in self._contexts.named.items() if it.is_for(tenant_id)}

    def may_show(self, certificate: str, tenant_id: str) -> bool:
        """Tell whether a tenant's route may show a certificate."""
        named = self._contexts.named.get(certificate)
        return named is not None and named.is_for(tenant_id)

    def wrap(
        self,
        sock: socket.socket,
        name: str,
        earlier: TlsSession | None,
        *,
        certificate: str | None,
    ) -> ssl.SSLSocket:
        """Make a connection one of TLS, which has not shaken hands yet.

        Args:
            sock: The connection; it is the answer's, whatever happens.
            name: Whose certificate the server must have.
            earlier: A session with the same server, to be resumed when it still can be.
            certificate: The one to show when the server asks; that of all for None.

        Raises:
            KeyError: There is no such certificate any more.
        """
        contexts = self._contexts
        context = contexts.common if certificate is None else contexts.named[certificate].context
        resumed = earlier.session if earlier is not None and earlier.context is context else None
        return context.wrap_socket(
            sock, server_hostname=name, do_handshake_on_connect=False, session=resumed
        )


_ALERTS: Final[Mapping[str, str]] = {
    "CERTIFICATE_REQUIRED": (
        "the endpoint asks for a client certificate; the route names one by client_certificate, or"
        " the operator sets delivery.client_cert_file"
    ),
    "HANDSHAKE_FAILURE": (
        "the endpoint ended the handshake; it may ask for a client certificate, or speak no cipher"
        " that we do"
    ),
    "UNKNOWN_CA": "the endpoint does not trust our client certificate",
    "DECRYPT_ERROR": "the endpoint does not trust our client certificate",
    "BAD_CERTIFICATE": "the endpoint refuses our client certificate",
    "UNSUPPORTED_CERTIFICATE": "the endpoint refuses our client certificate",
    "CERTIFICATE_UNKNOWN": "the endpoint refuses our client certificate",
    "CERTIFICATE_EXPIRED": "our client certificate has expired",
    "CERTIFICATE_REVOKED": "our client certificate was revoked",
    "ACCESS_DENIED": "the endpoint does not let our client certificate in",
    "PROTOCOL_VERSION": "the endpoint speaks no version of TLS that we do",
    "UNRECOGNIZED_NAME": "the endpoint knows no server of that name",
}
_NOT_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"})


def describe_tls_error(error: ssl.SSLError) -> str:
    """Say what went wrong, in words that a person can act on."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not valid: {error.verify_message}"
    reason = error.reason or ""
    if isinstance(error, ssl.SSLEOFError) or "EOF" in reason:
        return "the endpoint closed the connection; it may ask for a client certificate"
    if reason in _NOT_TLS:
        return "what answers there does not speak TLS"
    return _ALERTS.get(reason.partition("ALERT_")[2]) or reason or "TLS error"


def reason_of(error: OSError) -> str:
    """Say in the system's words what went wrong."""
    if isinstance(error, ssl.SSLError):
        return describe_tls_error(error)
    if error.errno is not None and error.errno in errno.errorcode:
        return os.strerror(error.errno)
    return error.strerror or type(error).__name__
