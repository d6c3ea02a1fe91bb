"""Routes as rows: secrets and the values of headers are sealed on their way into the database.

It knows the form of a row, and no SQL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from pulse_router.domain.destinations import MASK
from pulse_router.domain.filters.heavy import MAX_READ_CHARACTERS, HeavyFilter, PayloadFilter
from pulse_router.domain.routes import DestinationType, Route, RouteDraft
from pulse_router.domain.secrets.sealing import CannotOpen, Place, Sealer
from pulse_router.domain.secrets.signing_secrets import SigningSecret
from pulse_router.postgres.transaction import Record
from pulse_router.runtime.times import in_utc
from pulse_router.stores.reading import UNREADABLE_JSON, read_json_object

SECRET: Final = "secret"  # noqa: S105 - the name of a place, not a secret
_HEADERS: Final = "headers"
_SEALED: Final = "sealed"
_MAX_SHOWN: Final = 40


class StoredSecret(msgspec.Struct, omit_defaults=True):
    """A secret as it lies in the row: plain or sealed; one that signs may expire.

    One with a `name` is the template's. It stands behind those that sign.
    """

    plain: str | None = None
    sealed: str | None = None
    expires_at: datetime | None = None
    name: str | None = None


_decode_secrets: Final = msgspec.json.Decoder(list[str | StoredSecret]).decode


def read_route(row: Record, sealer: Sealer) -> Route:
    """Make a route of a row of `message_routes`, whatever it holds.

    What cannot be opened or understood is left out, and the route's `fault` says why.
    """
    kind, kind_fault = _read_type(row["destination_type"])
    stored, config_fault = _read_object(row["destination_config"], "configuration")
    config = stored or {}
    payload_filter, filter_fault = _read_filter(row["payload_filter"])
    secrets: Sequence[SigningSecret] = ()
    template_secrets: Mapping[str, str] = {}
    fault = kind_fault or config_fault or filter_fault
    is_foreign = fault is not None
    try:
        secrets, template_secrets = _open_secrets(row, sealer)
        config = _open_headers(config, row, sealer)
    except CannotOpen as error:
        fault = fault or f"its secrets cannot be read: {error}"
    except UNREADABLE_JSON:  # somebody has written there by hand
        fault = fault or "its secrets cannot be read: they are malformed in the database"
    if fault is not None:
        secrets, template_secrets, config = (), {}, _without_sealed(config)
    return Route(
        id=row["id"],
        tenant_id=row["tenant_id"],
        name=row["name"],
        topic_filter=row["topic_filter"],
        destination_type=kind,
        destination_config=config,
        payload_filter=payload_filter,
        is_enabled=row["is_enabled"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        secrets=secrets,
        disabled_reason=row["disabled_reason"],
        version=row["version"],
        fault=fault,
        is_foreign=is_foreign,
        template_secrets=template_secrets,
        omitted_bytes=row.get("omitted_bytes", 0),
    )


def _read_type(name: str) -> tuple[DestinationType | str, str | None]:
    try:
        return DestinationType(name), None
    except ValueError:
        return name, f"its destination type {name[:_MAX_SHOWN]!r} is not known to this version"


def _read_filter(text: str | None) -> tuple[PayloadFilter | None, str | None]:
    """Read a payload filter, unless it is heavy: whom it concerns reads it then."""
    if text is not None and len(text) > MAX_READ_CHARACTERS and text.startswith("{"):
        return HeavyFilter(text), None
    return _read_object(text, "payload filter")


def _read_object(text: str | None, what: str) -> tuple[dict[str, Any] | None, str | None]:
    """Read a column of JSON; give the object, and what is wrong with it."""
    if text is None:
        return None, None
    try:
        return read_json_object(text), None
    except UNREADABLE_JSON:
        return None, f"its {what} cannot be read: it is malformed in the database"


def secrets_column(kept: Route | RouteDraft, tenant_id: str, route_id: int, sealer: Sealer) -> str:
    """Write secrets as the row holds them; a plain one that does not expire is just a string."""
    place = Place(tenant_id, route_id, SECRET)
    entries: list[str | StoredSecret] = []
    for secret in kept.secrets:
        if sealer.seals:
            sealed = sealer.seal(secret.value, place)
            entries.append(StoredSecret(sealed=sealed, expires_at=secret.expires_at))
        elif secret.expires_at is not None:
            entries.append(StoredSecret(plain=secret.value, expires_at=secret.expires_at))
        else:
            entries.append(secret.value)
    for name, text in kept.template_secrets.items():
        place = _place_of_template_secret(tenant_id, route_id, name)
        entries.append(
            StoredSecret(sealed=sealer.seal(text, place), name=name)
            if sealer.seals
            else StoredSecret(plain=text, name=name)
        )
    return to_json(entries)


def config_column(config: Mapping[str, Any], tenant_id: str, route_id: int, sealer: Sealer) -> str:
    """Write a configuration as the row holds it."""
    headers = config.get(_HEADERS)
    if sealer.seals and isinstance(headers, Mapping):
        sealed = {
            name: {_SEALED: sealer.seal(value, _place_of_header(tenant_id, route_id, name))}
            if isinstance(value, str)
            else value
            for name, value in headers.items()
        }
        return to_json({**config, _HEADERS: sealed})
    return to_json(config)


def route_columns(draft: RouteDraft) -> tuple[Any, ...]:
    """Give what is stored of a draft as it is: all but configuration and secrets."""
    return (
        draft.name,
        draft.topic_filter,
        str(draft.destination_type),
        None
        if draft.payload_filter is None or keeps_filter(draft)
        else to_json(draft.payload_filter),
        draft.is_enabled,
    )


def keeps_filter(draft: RouteDraft) -> bool:
    """Tell whether the stored payload filter stays: a heavy one comes from nowhere else."""
    return isinstance(draft.payload_filter, HeavyFilter)


def to_json(value: object) -> str:
    """Write a value as JSON text."""
    return msgspec.json.encode(value).decode()


def _open_secrets(row: Record, sealer: Sealer) -> tuple[Sequence[SigningSecret], Mapping[str, str]]:
    """Give those that sign, and those of the template by name."""
    signing: list[SigningSecret] = []
    named: dict[str, str] = {}
    for entry in _decode_secrets(row["secrets"]):
        if isinstance(entry, str):
            signing.append(SigningSecret(entry))
            continue
        place = Place(row["tenant_id"], row["id"], SECRET)
        if entry.name is not None:
            place = _place_of_template_secret(row["tenant_id"], row["id"], entry.name)
        text = entry.plain if entry.sealed is None else sealer.open(entry.sealed, place)
        if text is not None and entry.name is not None:
            named[entry.name] = text
        elif text is not None:
            signing.append(SigningSecret(text, _end_of(entry)))
    return tuple(signing), named


def _end_of(entry: StoredSecret) -> datetime | None:
    return None if entry.expires_at is None else in_utc(entry.expires_at)


def _open_headers(config: dict[str, Any], row: Record, sealer: Sealer) -> dict[str, Any]:
    headers = config.get(_HEADERS)
    if not isinstance(headers, dict) or not any(map(_is_sealed, headers.values())):
        return config
    opened = {
        name: sealer.open(value[_SEALED], _place_of_header(row["tenant_id"], row["id"], name))
        if _is_sealed(value)
        else value
        for name, value in headers.items()
    }
    return {**config, _HEADERS: opened}


def _without_sealed(config: dict[str, Any]) -> dict[str, Any]:
    headers = config.get(_HEADERS)
    if not isinstance(headers, dict):
        return config
    shown = {name: MASK if _is_sealed(value) else value for name, value in headers.items()}
    return {**config, _HEADERS: shown}


def _is_sealed(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get(_SEALED), str)


def _place_of_template_secret(tenant_id: str, route_id: int, name: str) -> Place:
    return Place(tenant_id, route_id, f"template secret {name}")


def _place_of_header(tenant_id: str, route_id: int, name: str) -> Place:
    return Place(tenant_id, route_id, f"header {name.lower()}")
