"""The certificates that webhooks show: read, and told when they cannot be used."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from pulse_router.runtime.tls import CertificateProblem, show_certificate
from pulse_router.settings.schema import DeliverySettings

_Files: TypeAlias = tuple[Path, Path | None]


def show(delivery: DeliverySettings, name: str | None, context: ssl.SSLContext) -> None:
    """Have a context show a certificate.

    Args:
        delivery: The settings.
        name: Which of those that routes may name; that for all, if there is one, for None.
        context: Whose connections show it.

    Raises:
        CertificateProblem: Its files cannot be used.
    """
    if name is not None:
        named = delivery.client_certificates[name]
        prefix = f"delivery.client_certificates.{name}"
        files: _Files = (named.cert_file, named.key_file)
        show_certificate(context, *files, settings=(f"{prefix}.cert_file", f"{prefix}.key_file"))
    elif delivery.client_cert_file is not None:
        names = ("delivery.client_cert_file", "delivery.client_key_file")
        files = (delivery.client_cert_file, delivery.client_key_file)
        show_certificate(context, *files, settings=names)


def certificate_problems(delivery: DeliverySettings) -> Iterator[str]:
    """Say which certificates cannot be used, and why."""
    for name in (None, *delivery.client_certificates):
        try:
            show(delivery, name, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        except CertificateProblem as problem:
            yield str(problem)
