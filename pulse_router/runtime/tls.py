"""TLS contexts for connections that we make; it knows neither settings nor protocols."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import NoReturn


def client_context(*, trusted_file: Path | None = None) -> ssl.SSLContext:
    """Make a context that verifies servers.

    Since Python 3.13 certificates have to meet RFC 5280 in every detail by default, which those of
    a plant's own authority, as openssl makes them, do not.

    Args:
        trusted_file: The authorities to trust, as PEM; the system's where there is none.

    Raises:
        OSError: The file cannot be read, or holds no certificate (`ssl.SSLError`).
    """
    context = ssl.create_default_context(cafile=trusted_file)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


class CertificateProblem(ValueError):
    """A certificate of ours cannot be used; the message names the setting and the remedy."""


def show_certificate(
    context: ssl.SSLContext, cert_file: Path, key_file: Path | None, *, settings: tuple[str, str]
) -> None:
    """Have a context show a certificate to servers that ask for one; reads the files.

    Args:
        context: Whose connections show it.
        cert_file: The certificate, and those of the authorities between it and the root, as PEM.
        key_file: Its private key; it stands in `cert_file` where there is none.
        settings: What the two files are called in errors.

    Raises:
        CertificateProblem: They cannot be read, or do not hold what they should.
    """
    # OpenSSL hides which of the two files it could not read.
    for setting, path in zip(settings, (cert_file, key_file), strict=True):
        try:
            if path is not None:
                path.open("rb").close()
        except OSError as error:
            raise CertificateProblem(
                f"{setting}: cannot read {path}: {(error.strerror or str(error)).lower()}; "
                "it must be readable by the user that pulse-router runs as"
            ) from error
    try:
        context.load_cert_chain(cert_file, key_file, password=_refuse_passphrase)
    except _Encrypted:
        raise CertificateProblem(
            "the key of the client certificate is encrypted; store it without a passphrase, "
            "readable by pulse-router only"
        ) from None
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            problem = f"the key in {key_file or cert_file} does not belong to {cert_file}"
        else:
            places = f"{cert_file} and {key_file}" if key_file else f"{cert_file}"
            problem = f"there must be a certificate and its key, as PEM, in {places}"
        raise CertificateProblem(f"{', '.join(settings)}: {problem}") from error


class _Encrypted(Exception):
    """The private key needs a passphrase."""


def _refuse_passphrase() -> NoReturn:
    # Without this OpenSSL asks on the terminal, and waits.
    raise _Encrypted
