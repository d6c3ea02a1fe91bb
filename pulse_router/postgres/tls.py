"""Makes the TLS context for a connection to PostgreSQL, and words for what TLS complains about.

The files are read for each connection, so that renewed ones need no restart. Neither the
environment nor anybody's home folder has a say.
"""

from __future__ import annotations

import ssl
from typing import Any, Final, NoReturn

from pulse_router.domain.errors import Unavailable
from pulse_router.postgres.target import SYSTEM, Host, Tls

_OTHER_NAME: Final = frozenset({62, 64})  # another name, another address
_EXPIRED: Final = 10
_NOT_YET_VALID: Final = 9
_REVOKED: Final = 23
_ALERTS: Final = {
    "ALERT_UNKNOWN_CA": "it does not trust our certificate (sslcert)",
    "ALERT_BAD_CERTIFICATE": "it refuses our certificate (sslcert)",
    "ALERT_CERTIFICATE_EXPIRED": "our certificate (sslcert) has expired",
    "ALERT_CERTIFICATE_REQUIRED": "it asks for a certificate: set sslcert and sslkey in the URL",
    "ALERT_PROTOCOL_VERSION": "it and we have no version of TLS in common",
    "UNSUPPORTED_PROTOCOL": "it and we have no version of TLS in common",
    "WRONG_VERSION_NUMBER": "what answers there does not speak TLS",
}


class _NamedContext(ssl.SSLContext):
    """A context that holds the server to a name, whatever address was connected to."""

    name: str

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,  # noqa: ARG002 - the address, perhaps
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        return super().wrap_bio(incoming, outgoing, server_side, self.name, session)


def make_context(tls: Tls, host: Host) -> ssl.SSLContext:
    """Make the context for a connection to a host.

    Raises:
        Unavailable: A file cannot be read, or does not hold what it should.
    """
    context = _NamedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.name = host.name
    context.check_hostname = tls.mode == "verify-full"
    context.verify_mode = ssl.CERT_REQUIRED if tls.verifies else ssl.CERT_NONE
    context.minimum_version = _version(tls.least)
    if tls.most is not None:
        context.maximum_version = _version(tls.most)
    context.set_alpn_protocols(["postgresql"])
    if tls.ca_file == SYSTEM:
        context.load_default_certs()
    elif tls.ca_file is not None:
        _load(context, "sslrootcert", tls.ca_file)
    if tls.crl_file is not None and tls.verifies:
        _load(context, "sslcrl", tls.crl_file)
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    if tls.cert_file is not None:
        _load_own(context, tls)
    return context


def describe_tls_error(error: ssl.SSLError) -> str:
    """Put an error of TLS into words that name its cause and the remedy."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _describe_distrust(error)
    reason = error.reason or ""
    for alert, words in _ALERTS.items():
        if alert in reason:
            return words
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError) or "EOF" in reason:
        return "it closed the connection while TLS was agreed on"
    return f"TLS failed ({reason or type(error).__name__})"


def _describe_distrust(error: ssl.SSLCertVerificationError) -> str:
    detail = error.verify_message.rstrip(".")
    if error.verify_code in _OTHER_NAME:
        return (
            f"its certificate is for another name ({detail}); name it in the URL as the"
            " certificate does (hostaddr says where it is), or use sslmode=verify-ca"
        )
    if error.verify_code == _EXPIRED:
        return "its certificate has expired; renew it, or set this machine's clock"
    if error.verify_code == _NOT_YET_VALID:
        return "its certificate is not valid yet; set this machine's clock"
    if error.verify_code == _REVOKED:
        return "its certificate was revoked; renew it"
    return (
        f"its certificate is not trusted ({detail}); set database.ca_file, or sslrootcert in the"
        " URL, to the certificate of the authority that signed it"
    )


def _version(name: str) -> ssl.TLSVersion:
    return ssl.TLSVersion[name.replace(".", "_")]


def _load(context: ssl.SSLContext, parameter: str, path: str) -> None:
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError:
        raise Unavailable(f"{parameter}: {path} does not hold certificates as PEM") from None
    except OSError as error:
        raise Unavailable(f"{parameter}: cannot read {path}: {error.strerror}") from None


def _load_own(context: ssl.SSLContext, tls: Tls) -> None:
    password: Any = tls.key_password if tls.key_password is not None else _refuse_passphrase
    places = " and ".join(filter(None, (tls.cert_file, tls.key_file)))
    try:
        context.load_cert_chain(str(tls.cert_file), tls.key_file, password)
    except _Encrypted:
        raise Unavailable("sslkey: the key needs a passphrase: set sslpassword") from None
    except ssl.SSLError as error:
        mismatch = error.reason == "KEY_VALUES_MISMATCH"
        problem = "do not belong together" if mismatch else "must hold a certificate and its key"
        raise Unavailable(f"sslcert, sslkey: {places} {problem}, as PEM") from None
    except OSError as error:
        raise Unavailable(f"sslcert, sslkey: cannot read {places}: {error.strerror}") from None


class _Encrypted(Exception):
    """The private key needs a passphrase."""


def _refuse_passphrase() -> NoReturn:
    # Without this OpenSSL asks on the terminal, and waits.
    raise _Encrypted
