"""Every setting, its default and its bounds; it knows nothing of where values come from.

The values are immutable. `config/pulse-router.toml` explains each key to the operator.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal, TypeAlias

import attrs

from pulse_router.domain.republish import is_prefix
from pulse_router.domain.topics import check_topic_filter
from pulse_router.settings import fields
from pulse_router.settings.limits import LimitsSettings
from pulse_router.settings.values import Bind, ClientCertificates, Origin

Network: TypeAlias = IPv4Network | IPv6Network

_KIB = 1024
_MIB = 1024 * 1024
_DAY_SECONDS = 86_400
_SCOPE = re.compile(r"[!#-\[\]-~]{1,128}")
_CLIENT_ID = "1 to 128 characters of A-Z a-z 0-9 _ . : -"


def _is_topic_filter(text: str) -> bool:
    try:
        check_topic_filter(text)
    except ValueError:
        return False
    return not text.startswith("$share/")


def _is_origin(text: str) -> bool:
    scheme, found, rest = text.partition("://")
    return text == "*" or (scheme in {"http", "https"} and bool(found and rest) and "/" not in rest)


@attrs.frozen(kw_only=True)
class MqttSettings:
    """The broker, and how much of its work may be in hand."""

    host: str = fields.host("localhost")
    port: int = fields.whole(1883, 1, 65_535)
    username: str | None = fields.text()
    password: str | None = fields.secret()
    tls: bool = fields.flag(False)
    ca_file: Path | None = fields.file()
    cert_file: Path | None = fields.file()
    key_file: Path | None = fields.file()
    transport: Literal["tcp", "websocket"] = fields.choice("tcp", ["tcp", "websocket"])
    websocket_path: str = fields.text(
        "/mqtt", allowed='a path that begins with "/"', pattern=r"/[!-~]*"
    )
    client_id: str = fields.text(
        "pulse-router", allowed=_CLIENT_ID, pattern=r"[A-Za-z0-9_.:-]{1,128}"
    )
    topics: tuple[str, ...] = fields.texts(
        ("tenant/+/device/+/+",),
        allowed='a list of MQTT topic filters, at least one, like "tenant/+/device/+/+"',
        check=_is_topic_filter,
        at_least_one=True,
    )
    share_group: str | None = fields.text(
        allowed="a name without / + #", pattern=r"[^\s/+#]{1,128}"
    )
    receive_maximum: int = fields.whole(4000, 1, 65_535, unit="messages")
    session_expiry_seconds: int = fields.whole(7 * _DAY_SECONDS, 0, 0xFFFF_FFFF, unit="seconds")
    resume_patience_seconds: int = fields.whole(300, 0, _DAY_SECONDS, unit="seconds")
    keep_alive_seconds: int = fields.whole(30, 5, 65_535, unit="seconds")
    max_packet_bytes: int = fields.whole(_MIB, _KIB, 256 * _MIB, unit="bytes")
    max_bytes_in_hand: int = fields.whole(32 * _MIB, _KIB, 4096 * _MIB, unit="bytes")


@attrs.frozen(kw_only=True)
class DatabaseSettings:
    """PostgreSQL."""

    url: str = fields.database_url("postgresql://iot@localhost/iotcloud")
    direct_url: str | None = fields.database_url(None)
    migration_url: str | None = fields.database_url(None)
    ca_file: Path | None = fields.file()
    pool_size: int = fields.whole(10, 2, 500, unit="connections")
    pgbouncer: bool = fields.flag(False)
    poll_seconds: float = fields.number(1.0, 0.1, 3600, unit="seconds")


@attrs.frozen(kw_only=True)
class HttpSettings:
    """The HTTP server."""

    bind: Bind = fields.listen_address(Bind("0.0.0.0", 8080))  # noqa: S104 - the contract's default
    ops_bind: Bind | None = fields.listen_address(None)
    cors_origins: tuple[str, ...] = fields.texts(
        allowed='a list of origins, like "https://app.example.com", or "*"', check=_is_origin
    )
    max_body_bytes: int = fields.whole(_MIB, _KIB, 256 * _MIB, unit="bytes")
    max_connections: int = fields.whole(1000, 1, 100_000, unit="connections")


@attrs.frozen(kw_only=True)
class ConsoleSettings:
    """The web console."""

    enabled: bool = fields.flag(True)
    label: str | None = fields.text(
        allowed="a line of 1 to 60 characters", pattern=r"\S|\S[^\x00-\x1f\x7f]{0,58}\S"
    )
    colour: str | None = fields.text(allowed='a colour like "#b3261e"', pattern=r"#[0-9A-Fa-f]{6}")


@attrs.frozen(kw_only=True)
class AuthSettings:
    """How the API's tokens are checked."""

    secret: str | None = fields.secret(least_bytes=32)
    issuer: str | None = fields.text()
    audience: str | None = fields.text()
    jwks_url: str | None = fields.url(None, ["https", "http"])
    ca_file: Path | None = fields.file()
    console_client_id: str | None = fields.text(
        allowed="the name that the issuer knows the console by", pattern=r"[!-~]{1,256}"
    )
    console_scopes: tuple[str, ...] = fields.texts(
        ("openid",),
        allowed='a list of scopes with "openid" among them, like ["openid", "offline_access"]',
        check=lambda scope: _SCOPE.fullmatch(scope) is not None,
        at_least_one=True,
    )

    @property
    def has_issuer(self) -> bool:
        """Whether there is an issuer whose keys can be asked for."""
        issuer = self.issuer or ""
        return self.jwks_url is not None or issuer.startswith(("https://", "http://"))


@attrs.frozen(kw_only=True)
class IngestSettings:
    """What a message must be to be accepted. A rate of 0 means no limit."""

    require_token: bool = fields.flag(True)
    auto_provision: bool = fields.flag(False)
    max_payload_bytes: int = fields.whole(64 * _KIB, 16, 256 * _MIB, unit="bytes")
    max_metrics: int = fields.whole(200, 1, 100_000, unit="metrics")
    device_rate: float = fields.number(0.0, 0, 1_000_000, unit="messages a second")
    tenant_rate: float = fields.number(0.0, 0, 1_000_000, unit="messages a second")
    max_rejections_per_minute: int = fields.whole(100, 1, 1_000_000, unit="messages")
    sequence_field: str = fields.text(
        "",
        allowed="the name of a field of up to 128 characters, none of the contract's own;"
        " empty for none",
        pattern=r"(?!(ts|site_id|tenant_id|provision_token|metrics)$)(\S|\S.{0,126}\S)?",
    )


@attrs.frozen(kw_only=True)
class DeliverySettings:
    """How deliveries are made, and where they may go."""

    workers: int = fields.whole(64, 1, 4096, unit="workers")
    timeout_seconds: float = fields.number(10.0, 0.1, 300, unit="seconds")
    max_attempts: int = fields.whole(5, 1, 1000, unit="attempts")
    allow_networks: tuple[Network, ...] = fields.networks()
    allow_ports: tuple[int, ...] = fields.ports()
    proxy: str | None = fields.proxy()
    proxy_credentials: str | None = fields.credentials()
    proxy_resolves: bool = fields.flag(False)
    republish_prefixes: tuple[str, ...] = fields.texts(
        allowed='a list of topic prefixes that end with "/", hold no wildcard and do not begin '
        'with "tenant/" or "$", like "actions/" or "actions/{tenant_id}/"',
        check=is_prefix,
    )
    ca_file: Path | None = fields.certificates()
    client_cert_file: Path | None = fields.file()
    client_key_file: Path | None = fields.file()
    client_certificates: ClientCertificates = fields.named_certificates()
    secrets_key: str | None = fields.encryption_keys()


@attrs.frozen(kw_only=True)
class StreamSettings:
    """Live streams over WebSocket and SSE."""

    max_connections_per_tenant: int = fields.whole(10, 1, 100_000, unit="streams")
    queue_size: int = fields.whole(100, 1, 100_000, unit="events")
    keepalive_seconds: float = fields.number(30.0, 1, 3600, unit="seconds")
    recent_events: int = fields.whole(8_192, 1, 1_000_000, unit="events")
    resume_events: int = fields.whole(100_000, 1, 10_000_000, unit="events")


@attrs.frozen(kw_only=True)
class NatsSettings:
    """NATS JetStream, the way past one machine."""

    url: str | None = fields.url(None, ["nats", "tls", "ws", "wss"], holds_secret=True)
    stream: str = fields.text("ROUTES", allowed="a name without . * >", pattern=r"[^\s.*>/\\]+")
    consumer: str = fields.text(
        "route-delivery", allowed="a name without . * >", pattern=r"[^\s.*>/\\]+"
    )


@attrs.frozen(kw_only=True)
class RetentionSettings:
    """For how many days things are kept; 0 keeps them for ever."""

    telemetry_days: int = fields.whole(30, 0, 36_500, unit="days")
    dead_letter_days: int = fields.whole(30, 0, 36_500, unit="days")
    rejected_days: int = fields.whole(7, 0, 36_500, unit="days")
    alert_days: int = fields.whole(90, 0, 36_500, unit="days")
    audit_days: int = fields.whole(365, 0, 36_500, unit="days")
    receipt_days: int = fields.whole(7, 0, 36_500, unit="days")


@attrs.frozen(kw_only=True)
class ReceiptSettings:
    """What is kept of deliveries that succeeded."""

    max_bytes_per_day: int = fields.whole(256 * _MIB, _MIB, 1024 * 1024 * _MIB, unit="bytes")


@attrs.frozen(kw_only=True)
class LogSettings:
    """What is logged, and in which form."""

    level: Literal["debug", "info", "warning", "error"] = fields.choice(
        "info", ["debug", "info", "warning", "error"]
    )
    format: Literal["console", "json"] = fields.choice("console", ["console", "json"])
    requests: Literal["off", "debug", "info"] = fields.choice("debug", ["off", "debug", "info"])


@attrs.frozen(kw_only=True)
class TraceSettings:
    """Where the spans of sampled traces go."""

    otlp_url: str | None = fields.url(None, ["https", "http"], holds_secret=True)


@attrs.frozen(kw_only=True)
class ShutdownSettings:
    """How stopping goes."""

    grace_seconds: float = fields.number(20.0, 1, 3600, unit="seconds")


@attrs.frozen(kw_only=True)
class Settings:
    """All settings, one attribute a section; and where those come from that were given."""

    mqtt: MqttSettings = MqttSettings()
    database: DatabaseSettings = DatabaseSettings()
    http: HttpSettings = HttpSettings()
    console: ConsoleSettings = ConsoleSettings()
    auth: AuthSettings = AuthSettings()
    ingest: IngestSettings = IngestSettings()
    delivery: DeliverySettings = DeliverySettings()
    stream: StreamSettings = StreamSettings()
    limits: LimitsSettings = attrs.field(factory=LimitsSettings)
    nats: NatsSettings = NatsSettings()
    retention: RetentionSettings = RetentionSettings()
    receipts: ReceiptSettings = ReceiptSettings()
    log: LogSettings = LogSettings()
    trace: TraceSettings = TraceSettings()
    shutdown: ShutdownSettings = ShutdownSettings()
    origins: Mapping[str, Origin] = attrs.field(factory=dict, eq=False, repr=False)
