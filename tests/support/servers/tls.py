"""Brokers that speak TLS and WebSocket, and the files that both sides need for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
from cryptography.hazmat.primitives import serialization

from pulse_router.embedded import ports
from pulse_router.mqtt.options import TlsOptions
from tests.support.servers.certificates import VALID_FROM, TestAuthority
from tests.support.servers.mosquitto import TestBroker, prepared_broker

AN_HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)


@attrs.define
class Files:
    """Certificates in a folder, readable by servers of any account."""

    folder: Path
    authority: TestAuthority = attrs.field(factory=TestAuthority)

    def __attrs_post_init__(self) -> None:
        self.write("ca.pem", self.authority.pem)

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    def write(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        path.chmod(0o644)
        return path

    def issue(
        self, name: str, *, authority: TestAuthority | None = None, expired: bool = False
    ) -> TlsOptions:
        """Have a certificate made; the options are those of a client that shows it."""
        until = AN_HOUR_AGO if expired else VALID_FROM + timedelta(days=30)
        issued = (authority or self.authority).issue(name, valid_until=until)
        return TlsOptions(
            ca_file=self.ca_file,
            cert_file=self.write(f"{name}.pem", issued.certificate),
            key_file=self.write(f"{name}.key", issued.key),
        )


def encrypted(tls: TlsOptions, passphrase: bytes) -> bytes:
    """The key of a certificate, encrypted."""
    assert tls.key_file is not None
    key = serialization.load_pem_private_key(tls.key_file.read_bytes(), None)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )


@attrs.define
class SecuredBroker:
    """A broker with a plain port, a port for TLS and a port for WebSocket inside TLS."""

    broker: TestBroker
    files: Files
    tls_port: int
    websocket_port: int


def listener_lines(
    port: int, files: Files, shown: TlsOptions, *, transport: str = "tcp"
) -> Iterator[str]:
    """Configure a listener that shows a certificate."""
    yield f"listener {port} 127.0.0.1"
    yield f"cafile {files.ca_file}"
    yield f"certfile {shown.cert_file}"
    yield f"keyfile {shown.key_file}"
    if transport == "websocket":
        yield "protocol websockets"


@contextmanager
def secured_broker(
    *, host: str = "localhost", expired: bool = False, client_certificates: bool = False
) -> Iterator[SecuredBroker]:
    """Run a broker whose certificate is for `host`."""
    with prepared_broker() as broker:
        broker.folder.mkdir(exist_ok=True)
        files = Files(broker.folder)
        shown = files.issue(host, expired=expired)
        found = {ports.find_free(ports.loopback_hosts()) for _ in range(2)}
        while len(found) < 2:
            found.add(ports.find_free(ports.loopback_hosts()))
        tls_port, websocket_port = found
        for port in (tls_port, websocket_port):
            transport = "websocket" if port == websocket_port else "tcp"
            broker.configure(*listener_lines(port, files, shown, transport=transport))
            if client_certificates:
                broker.configure("require_certificate true")
        broker.start()
        yield SecuredBroker(broker, files, tls_port, websocket_port)
