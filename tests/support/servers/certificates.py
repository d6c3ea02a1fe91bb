"""A certificate authority for tests."""

from __future__ import annotations

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pulse_router.runtime.tls import client_context

VALID_FROM = datetime.now(UTC) - timedelta(days=1)
VALID_UNTIL = VALID_FROM + timedelta(days=30)


@attrs.frozen
class Issued:
    """A certificate and its private key, as PEM."""

    certificate: bytes
    key: bytes


class TestAuthority:
    """Issues certificates that its own client context trusts."""

    __test__ = False

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name.from_rfc4514_string("CN=Test authority")
        self._certificate = (
            self._builder(self._key.public_key(), self._name)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def pem(self) -> bytes:
        """Its own certificate."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def client_context(self) -> ssl.SSLContext:
        context = client_context()
        context.load_verify_locations(cadata=self.pem.decode())
        return context

    def server_context(self, host: str) -> ssl.SSLContext:
        issued = self.issue(host)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            chain = Path(folder) / "chain.pem"
            chain.write_bytes(issued.key + issued.certificate)
            context.load_cert_chain(chain)
        return context

    def issue(self, host: str, *, valid_until: datetime = VALID_UNTIL) -> Issued:
        """Certify a host, or a client of that name."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name.from_rfc4514_string(f"CN={host}")
        certificate = (
            self._builder(key.public_key(), name, valid_until)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return Issued(
            certificate.public_bytes(serialization.Encoding.PEM),
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
        )

    def _builder(
        self,
        public_key: ec.EllipticCurvePublicKey,
        name: x509.Name,
        valid_until: datetime = VALID_UNTIL,
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(VALID_FROM)
            .not_valid_after(valid_until)
        )
