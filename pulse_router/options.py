"""Says to each part what the operator has set, in the part's own words."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import attrs

from pulse_router.api.access.issuer_tokens import IssuerVerifier, KeySource
from pulse_router.api.access.token_verifiers import TokenVerifiers
from pulse_router.api.access.tokens import SharedSecretVerifier
from pulse_router.domain.budgets import Budget, Budgets
from pulse_router.domain.rate_limit import RateLimits
from pulse_router.domain.retry import RetryPolicy
from pulse_router.domain.secrets.sealing import Sealer, parse_keys
from pulse_router.domain.webhook_config import WebhookDefaults
from pulse_router.ingest.limits import Limits
from pulse_router.ingest.rejections import Rejections
from pulse_router.mqtt.options import ClientOptions, TlsOptions
from pulse_router.oidc.options import IssuerOptions
from pulse_router.postgres.url import read_url
from pulse_router.runtime.tls import client_context
from pulse_router.settings import (
    AuthSettings,
    DatabaseSettings,
    DeliverySettings,
    IngestSettings,
    MqttSettings,
    Settings,
)
from pulse_router.settings.certificates import show
from pulse_router.webhook.guard import NetworkGuard
from pulse_router.webhook.proxy import Proxy
from pulse_router.webhook.tls import NamedContext, TlsContexts

PING_TIMEOUT_SECONDS: Final = 10
"""How long after the keep alive the broker may be silent; less where the keep alive is shorter."""


def client_options(mqtt: MqttSettings) -> ClientOptions:
    """Say to the MQTT client which broker, which topics, which bounds."""
    return ClientOptions(
        host=mqtt.host,
        port=mqtt.port,
        tls=TlsOptions(ca_file=mqtt.ca_file, cert_file=mqtt.cert_file, key_file=mqtt.key_file)
        if mqtt.tls
        else None,
        transport=mqtt.transport,
        websocket_path=mqtt.websocket_path,
        client_id=mqtt.client_id,
        topics=mqtt.topics,
        share_group=mqtt.share_group,
        username=mqtt.username,
        password=mqtt.password,
        keep_alive_seconds=mqtt.keep_alive_seconds,
        ping_timeout_seconds=min(PING_TIMEOUT_SECONDS, mqtt.keep_alive_seconds),
        session_expiry_seconds=mqtt.session_expiry_seconds,
        resume_patience_seconds=mqtt.resume_patience_seconds,
        receive_maximum=mqtt.receive_maximum,
        max_packet_bytes=mqtt.max_packet_bytes,
        max_bytes_in_hand=mqtt.max_bytes_in_hand,
        asks_for_drops=True,
    )


def router_name(mqtt: MqttSettings) -> str:
    """Name this router among those that share a database: the same in each of its lives."""
    return f"{socket.gethostname()}/{mqtt.client_id}"


def ingest_limits(ingest: IngestSettings) -> Limits:
    """Say to the decoder what a message may be."""
    return Limits(
        max_payload_bytes=ingest.max_payload_bytes,
        max_metrics=ingest.max_metrics,
        require_token=ingest.require_token,
        auto_provision=ingest.auto_provision,
    )


def budgets(settings: Settings) -> Budgets:
    """Say to the doors what a tenant may have and ask for."""
    return Budgets(*tenants_bounds(settings))


def tenants_bounds(settings: Settings) -> tuple[Budget, Mapping[str, Budget]]:
    """Give the bounds of all tenants, and of those that have some of their own."""
    limits = settings.limits
    common = {it.name: getattr(limits, it.name) for it in attrs.fields(type(limits))}
    own = common.pop("tenants")
    default = Budget(
        **common,
        streams=settings.stream.max_connections_per_tenant,
        messages_per_second=settings.ingest.tenant_rate,
    )
    return default, {name: attrs.evolve(default, **bounds) for name, bounds in own.items()}


def rate_limits(settings: Settings) -> RateLimits:
    """Say to the decoder how much a device and a tenant may send."""
    rates = RateLimits(device_rate=0, tenant_rate=0)
    change_rates(rates, settings)
    return rates


def change_rates(rates: RateLimits, settings: Settings) -> None:
    """Say to the decoder that a device and a tenant may send more, or less, than before."""
    _, own = tenants_bounds(settings)
    rates.change(
        device_rate=settings.ingest.device_rate,
        tenant_rate=settings.ingest.tenant_rate,
        own={name: budget.messages_per_second for name, budget in own.items()},
    )


def rejections(ingest: IngestSettings) -> Rejections:
    """Say to the decoder how much of what is refused is kept."""
    return Rejections(
        per_minute=ingest.max_rejections_per_minute, max_payload_bytes=ingest.max_payload_bytes
    )


def webhook_defaults(delivery: DeliverySettings) -> WebhookDefaults:
    """Say to the delivery stage what holds where a route is silent."""
    return WebhookDefaults(
        timeout_seconds=delivery.timeout_seconds,
        max_in_flight=delivery.workers,
        retry=RetryPolicy(max_attempts=delivery.max_attempts),
    )


def sealer(delivery: DeliverySettings) -> Sealer:
    """Say to the stores with what the secrets of routes are encrypted."""
    return Sealer(parse_keys(delivery.secrets_key) if delivery.secrets_key else ())


def network_guard(delivery: DeliverySettings) -> NetworkGuard:
    """Say to the webhooks which networks and ports are open to them."""
    return NetworkGuard(delivery.allow_networks, delivery.allow_ports)


def webhook_tls(delivery: DeliverySettings) -> TlsContexts:
    """Say to the webhooks whose certificates are good, and which of ours they show.

    Good are those of the system's authorities, and of ca_file's.

    Raises:
        OSError: ca_file cannot be read.
        ValueError: A certificate cannot be used.
    """

    def context(name: str | None) -> ssl.SSLContext:
        made = client_context()
        if delivery.ca_file is not None:
            made.load_verify_locations(delivery.ca_file)
        show(delivery, name, made)
        return made

    named = delivery.client_certificates.items()
    return TlsContexts(
        context(None), {name: NamedContext(context(name), it.tenants) for name, it in named}
    )


def webhook_proxy(delivery: DeliverySettings) -> Proxy | None:
    """Say to the webhooks through which proxy they go; None where they go straight."""
    if delivery.proxy is None:
        return None
    parts = urlsplit(delivery.proxy)
    return Proxy(
        parts.hostname or "",
        parts.port or 0,
        credentials=delivery.proxy_credentials,
        resolves=delivery.proxy_resolves,
    )


def issuer_options(auth: AuthSettings) -> IssuerOptions | None:
    """Say where the keys of the tokens' issuer are; None where there is none to ask."""
    if auth.issuer is None or not auth.has_issuer:
        return None
    return IssuerOptions(issuer=auth.issuer, jwks_url=auth.jwks_url, ca_file=auth.ca_file)


def secret_verifier(auth: AuthSettings) -> SharedSecretVerifier | None:
    """Say to the API how tokens of the shared secret are checked; None where there is no secret.

    Raises:
        ValueError: The secret is a public key.
    """
    if auth.secret is None:
        return None
    return SharedSecretVerifier(
        auth.secret, issuer=auth.issuer, audience=auth.audience, unix_time=time.time
    )


def token_verifiers(auth: AuthSettings, keys: KeySource | None) -> TokenVerifiers:
    """Say to the API how tokens are checked.

    Args:
        auth: What the operator has set.
        keys: The issuer's keys; None where there is no issuer to ask.

    Raises:
        ValueError: There is neither a secret nor an issuer.
    """
    shared_secret, issuer = secret_verifier(auth), None
    if keys is not None and auth.issuer is not None:
        issuer = IssuerVerifier(
            keys, issuer=auth.issuer, audience=auth.audience, unix_time=time.time
        )
    if shared_secret is None and issuer is None:
        raise ValueError("neither auth.secret nor an issuer is set")
    return TokenVerifiers(shared_secret, issuer, unix_time=time.time)


def listening_url(database: DatabaseSettings) -> str | None:
    """Say where to LISTEN; None where PgBouncer stands between and nothing leads past it."""
    return database.direct_url or (None if database.pgbouncer else database.url)


def login_role(database: DatabaseSettings) -> str | None:
    """Say to the migration who the router logs in as, where somebody else may migrate."""
    other = database.migration_url or database.direct_url
    return read_url(database.url).user if other else None
