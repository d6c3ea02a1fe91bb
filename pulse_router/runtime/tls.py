"""TLS contexts for connections that we make; it knows neither settings nor protocols."""

from __future__ import annotations

import ssl
from pathlib import Path


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
