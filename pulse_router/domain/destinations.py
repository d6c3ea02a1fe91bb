"""Where a route delivers: its `destination_config`, validated, and its secrets kept apart.

Pure. It says what is wrong with each field; it knows nothing of HTTP requests or the API.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import attrs

from pulse_router.domain.config_fields import DestinationError, FieldReader, Problem
from pulse_router.domain.republish import NOWHERE, Fence, read_republish
from pulse_router.domain.routes import DestinationType
from pulse_router.domain.secrets.signatures import SigningKey, check_new_secret, signing_key
from pulse_router.domain.secrets.signing_secrets import (
    MAX_SECRETS,
    SigningSecret,
    expiring,
    lasting,
)
from pulse_router.domain.templates.bodies import SECRETS_FIELD, read_secrets
from pulse_router.domain.webhook_config import (
    MASK,
    SECRET_FIELDS,
    WebhookConfig,
    WebhookDefaults,
    read_webhook,
)

__all__ = [
    "MASK",
    "DestinationError",
    "StoredDestination",
    "WebhookConfig",
    "WebhookDefaults",
    "masked",
    "parse_destination",
    "parse_webhook",
    "without_query",
    "without_secrets",
]

MAX_SECRET_LENGTH: Final = 500


@attrs.frozen
class StoredDestination:
    """A valid destination as it is stored: the secrets, newest first, stand apart."""

    config: Mapping[str, Any]
    secrets: Sequence[SigningSecret] = attrs.field(default=(), repr=False)
    template_secrets: Mapping[str, str] = attrs.field(factory=dict, repr=False)


def parse_destination(
    destination_type: DestinationType,
    config: object,
    *,
    kept_secrets: Sequence[SigningSecret] = (),
    kept_template_secrets: Mapping[str, str] = MappingProxyType({}),
    fence: Fence = NOWHERE,
) -> StoredDestination:
    """Validate a `destination_config` as a client wrote it, and split its secrets off.

    Args:
        destination_type: The destination's type.
        config: The decoded JSON.
        kept_secrets: The secrets that the route has now, newest first; a mask in `config` keeps
            them. Those in their overlap stay as long as any other is kept.
        kept_template_secrets: Likewise those of its template, by name.
        fence: Where the route may republish, and which certificates it may show.

    Raises:
        DestinationError: What is wrong, field by field.
    """
    if not isinstance(config, Mapping):
        raise DestinationError([("", "must be an object")])
    if destination_type is DestinationType.WEBHOOK:
        secrets, problems = _split_secrets(config, kept_secrets)
        named, faults = read_secrets(config.get(SECRETS_FIELD), kept_template_secrets, MASK)
        plain = _without_secret_fields(config)
        reader = FieldReader(plain)
        webhook = read_webhook(reader, WebhookDefaults(), named)
        problems += faults + reader.problems
        if webhook is not None:
            problems.extend(_certificate_problems(webhook, fence))
    else:
        secrets, named, plain = (), {}, dict(config)
        problems = _other_problems(destination_type, config, fence)
    if problems:
        raise DestinationError(problems)
    return StoredDestination(plain, secrets, named)


def parse_webhook(
    config: Mapping[str, Any],
    secrets: Sequence[SigningSecret],
    defaults: WebhookDefaults,
    template_secrets: Mapping[str, str] = MappingProxyType({}),
) -> WebhookConfig:
    """Read a stored webhook's configuration.

    Args:
        config: The stored `destination_config`, without secrets.
        secrets: The route's secrets, newest first.
        defaults: What the operator has set for what the route leaves open.
        template_secrets: The secrets of the route's template, by name.

    Raises:
        DestinationError: What is wrong, field by field.
    """
    reader = FieldReader(_without_secret_fields(config))
    webhook = read_webhook(reader, defaults, template_secrets)
    problems = list(reader.problems)
    keys: list[SigningKey] = []
    for number, secret in enumerate(secrets):
        try:
            key = signing_key(secret.value)
        except ValueError as error:
            problems.append((f"secrets.{number}", str(error)))
        else:
            end = secret.expires_at
            keys.append(SigningKey(key) if end is None else SigningKey(key, end.timestamp()))
    if problems or webhook is None:
        raise DestinationError(problems)
    return attrs.evolve(webhook, keys=tuple(keys), template_secrets=template_secrets)


def masked(
    config: Mapping[str, Any],
    secrets: Sequence[SigningSecret],
    template_secrets: Collection[str] = (),
) -> dict[str, Any]:
    """Show a stored configuration: secrets appear as masks, which may be written back.

    Those in their overlap do not appear: they go by themselves.
    """
    shown = dict(config)
    count = len(lasting(secrets))
    if count == 1:
        shown["secret"] = MASK
    elif count:
        shown["secrets"] = [MASK] * count
    if template_secrets:
        shown[SECRETS_FIELD] = dict.fromkeys(template_secrets, MASK)
    return shown


def without_secrets(config: Mapping[str, Any]) -> dict[str, Any]:
    """Make a copy of a stored configuration for the dead letters.

    Values of headers and the URL's query often are credentials too: they are masked.
    """
    shown = _without_secret_fields(config)
    if isinstance(headers := shown.get("headers"), Mapping):
        shown["headers"] = dict.fromkeys(headers, MASK)
    if isinstance(url := shown.get("url"), str):
        shown["url"] = without_query(url)
    return shown


def without_query(url: str) -> str:
    """Make a URL fit for errors and dead letters: without its query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return MASK
    return urlunsplit(parts._replace(query=MASK if parts.query else "", fragment=""))


def _without_secret_fields(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key not in SECRET_FIELDS}


def _certificate_problems(webhook: WebhookConfig, fence: Fence) -> list[Problem]:
    name = webhook.client_certificate
    if name is None or name in fence.client_certificates:
        return []
    allowed = ", ".join(sorted(fence.client_certificates))
    said = f"must be one of {allowed}" if allowed else "must be left out: the operator has set none"
    return [("client_certificate", f"{said} (delivery.client_certificates)")]


def _other_problems(
    destination_type: DestinationType, config: Mapping[str, Any], fence: Fence
) -> list[Problem]:
    if destination_type is DestinationType.MQTT_REPUBLISH:
        if config.get(SECRETS_FIELD) is not None:
            return [(SECRETS_FIELD, "belongs to webhooks: whoever may subscribe would read them")]
        reader = FieldReader(config)
        read_republish(reader, fence)
        return reader.problems
    return [(str(key), "is unknown; a postgresql destination has no settings") for key in config]


def _split_secrets(
    config: Mapping[str, Any], kept: Sequence[SigningSecret]
) -> tuple[Sequence[SigningSecret], list[Problem]]:
    one, several = config.get("secret"), config.get("secrets")
    if one is not None and several is not None:
        return (), [("secrets", "must not stand beside 'secret'")]
    if one == MASK and lasting(kept):
        return tuple(kept), []
    if one is not None:
        return _resolve_masks({"secret": one}, kept)
    if several is None:
        return (), []
    if not isinstance(several, list) or not 1 <= len(several) <= MAX_SECRETS:
        return (), [("secrets", f"must be a list of 1 to {MAX_SECRETS} strings, newest first")]
    return _resolve_masks({f"secrets.{n}": secret for n, secret in enumerate(several)}, kept)


def _resolve_masks(
    given: Mapping[str, object], kept: Sequence[SigningSecret]
) -> tuple[Sequence[SigningSecret], list[Problem]]:
    """Put the kept secrets where the masks stand, in order, and check the new ones."""
    old = iter(lasting(kept))
    known = {secret.value for secret in kept}
    secrets: list[SigningSecret] = []
    problems: list[Problem] = []
    for path, value in given.items():
        if value == MASK:
            if (secret := next(old, None)) is None:
                problems.append((path, "is a mask, but there is no secret to keep"))
            else:
                secrets.append(secret)
        elif not isinstance(value, str) or len(value) > MAX_SECRET_LENGTH:
            problems.append((path, f"must be a string of 1 to {MAX_SECRET_LENGTH} characters"))
        else:
            try:
                if value not in known:  # what has worked so far goes on to
                    check_new_secret(value)
                secrets.append(SigningSecret(value))
            except ValueError as error:
                problems.append((path, str(error)))
    if MASK in given.values():
        secrets.extend(expiring(kept))
    if len(secrets) > MAX_SECRETS:
        overlapping = len(expiring(kept))
        problems.append(
            ("secrets", f"must not be more than {MAX_SECRETS} with the {overlapping} that expire")
        )
    return tuple(secrets), problems
