"""What TLS needs of files, and its errors in sentences with the remedy. Knows nothing of MQTT."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pulse_router.domain.errors import Unavailable
from pulse_router.mqtt.options import TlsOptions
from pulse_router.runtime.tls import CertificateProblem, client_context, show_certificate

_SETTINGS: Final = ("mqtt.cert_file", "mqtt.key_file")
_NEW_CERTIFICATE: Final = "renew mqtt.cert_file"
_OTHER_CERTIFICATE: Final = "set mqtt.cert_file to one that its authority has signed"
_ALERTS: Final[Mapping[str, tuple[str, str]]] = {
    "CERTIFICATE_REQUIRED": (
        "the broker wants a client certificate",
        "set mqtt.cert_file and mqtt.key_file",
    ),
    "HANDSHAKE_FAILURE": (
        "the broker ended the TLS handshake",
        "it may want a client certificate: set mqtt.cert_file and mqtt.key_file",
    ),
    "UNKNOWN_CA": ("the broker does not trust our client certificate", _OTHER_CERTIFICATE),
    "DECRYPT_ERROR": ("the broker does not trust our client certificate", _OTHER_CERTIFICATE),
    "BAD_CERTIFICATE": ("the broker refuses our client certificate", "check mqtt.cert_file"),
    "UNSUPPORTED_CERTIFICATE": (
        "the broker refuses our client certificate",
        "it must be issued for client authentication",
    ),
    "CERTIFICATE_UNKNOWN": ("the broker refuses our client certificate", "check mqtt.cert_file"),
    "CERTIFICATE_EXPIRED": ("our client certificate has expired", _NEW_CERTIFICATE),
    "CERTIFICATE_REVOKED": ("our client certificate was revoked", _NEW_CERTIFICATE),
    "ACCESS_DENIED": (
        "the broker does not let our client certificate in",
        "see its access list",
    ),
    "PROTOCOL_VERSION": (
        "the broker speaks no TLS version that we do",
        "let it speak TLS 1.2 or 1.3",
    ),
}
_NOT_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"})
_OLD_TLS: Final = frozenset({"UNSUPPORTED_PROTOCOL", "NO_PROTOCOLS_AVAILABLE"})

# OpenSSL's X509_V_ERR_*.
_NOT_YET_VALID: Final = 9
_EXPIRED: Final = 10
_OTHER_NAME: Final = frozenset({62, 64})
_REVOKED: Final = 23


def make_context(options: TlsOptions) -> ssl.SSLContext:
    """Read the files that TLS needs; blocks for some milliseconds.

    They are read for each connection, so that a renewed certificate needs no restart.

    Raises:
        Unavailable: A file cannot be used; the message names the setting and the remedy.
    """
    context = _trust(options.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if options.cert_file is not None:
        try:
            show_certificate(context, options.cert_file, options.key_file, settings=_SETTINGS)
        except CertificateProblem as problem:
            raise Unavailable(str(problem)) from None
    return context


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return client_context(trusted_file=ca_file)
    except ssl.SSLError as error:
        raise Unavailable(f"mqtt.ca_file: {ca_file} holds no certificate in PEM form") from error
    except OSError as error:
        raise Unavailable(f"mqtt.ca_file: cannot read {ca_file}: {_words(error)}") from error


def describe_tls_error(error: ssl.SSLError) -> str:
    """Put an error of TLS into a sentence with the remedy."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _describe_distrust(error)
    reason = error.reason or ""
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError) or "EOF" in reason:
        return "the broker has closed the connection"
    if reason in _NOT_TLS:
        return "what answers there does not speak TLS; check mqtt.port and mqtt.tls"
    if reason in _OLD_TLS:
        reason = "ALERT_PROTOCOL_VERSION"
    what, remedy = _ALERTS.get(reason.partition("ALERT_")[2], ("", ""))
    return f"{what}; {remedy}" if what else f"TLS failed ({reason or error})"


def _describe_distrust(error: ssl.SSLCertVerificationError) -> str:
    detail = error.verify_message.rstrip(".")
    if error.verify_code in _OTHER_NAME:
        return (
            f"the broker's certificate is for another name ({detail}); "
            "set mqtt.host to a name that stands in the certificate"
        )
    if error.verify_code == _EXPIRED:
        return "the broker's certificate has expired; renew it, or set this machine's clock"
    if error.verify_code == _NOT_YET_VALID:
        return "the broker's certificate is not valid yet; set this machine's clock"
    if error.verify_code == _REVOKED:
        return "the broker's certificate was revoked; renew it"
    return (
        f"the broker's certificate is not trusted ({detail}); "
        "set mqtt.ca_file to the authority that signed it"
    )


def _words(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
