"""Kinds of settings: each says in words what it allows, and checks it.

They know nothing of the sources of values; `structure` reads what they say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import attrs

from pulse_router.domain.secrets.sealing import KEY_BYTES, parse_keys
from pulse_router.domain.webhook_config import CERTIFICATE_NAME
from pulse_router.postgres.url import UrlProblem, read_url
from pulse_router.runtime.tls import client_context
from pulse_router.settings.errors import Reason
from pulse_router.settings.values import ClientCertificates

ALLOWED: Final = "allowed"
SECRET: Final = "secret"  # noqa: S105 - the name of a marker, not a secret
PLANNED: Final = "planned"
EXACT: Final = "exact"
TIDY: Final = "tidy"

_HOST: Final = re.compile(r"[^\s/@?#\"'\[\]\x00-\x1f]+")

_Check = Callable[[Any], bool]


def _field(
    default: object,
    allowed: str,
    check: _Check,
    *,
    secret: bool = False,
    planned: bool = False,
    exact: bool = False,
    tidy: Callable[[str], str] | None = None,
) -> Any:  # noqa: ANN401 - attrs.field() is typed Any, so that an annotation can stand beside it
    def validate(_instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if value is not None and not check(value):
            raise ValueError(f"{attribute.name} must be {allowed}")

    return attrs.field(
        default=default,
        validator=validate,
        repr=not secret,
        metadata={
            ALLOWED: allowed,
            SECRET: secret,
            PLANNED: planned,
            EXACT: exact,
            TIDY: tidy,
        },
    )


def whole(default: int, low: int, high: int, *, unit: str = "", planned: bool = False) -> Any:  # noqa: ANN401
    """Declare a whole number from `low` to `high`."""
    allowed = f"a whole number{unit and ' of ' + unit} from {low} to {high}"
    return _field(default, allowed, lambda value: low <= value <= high, planned=planned)


def number(
    default: float, low: float, high: float, *, unit: str = "", planned: bool = False
) -> Any:  # noqa: ANN401
    """Declare a number from `low` to `high`."""
    allowed = f"a number{unit and ' of ' + unit} from {low:g} to {high:g}"
    return _field(default, allowed, lambda value: low <= value <= high, planned=planned)


def flag(default: bool, *, planned: bool = False) -> Any:  # noqa: ANN401
    """Declare a yes or no."""
    return _field(default, "true or false", lambda _: True, planned=planned)


def choice(default: str, values: Iterable[str], *, planned: bool = False) -> Any:  # noqa: ANN401
    """Declare one of a few words (annotate it with the Literal of the same words)."""
    words = list(values)
    allowed = " or ".join(f'"{word}"' for word in words)
    return _field(default, allowed, words.__contains__, planned=planned)


def text(
    default: str | None = None,
    *,
    allowed: str = "text that is not empty",
    pattern: str = r"(?s)(?=.*\S).+",
    planned: bool = False,
) -> Any:  # noqa: ANN401
    """Declare text that a pattern matches in full."""
    matcher = re.compile(pattern)
    return _field(default, allowed, lambda it: matcher.fullmatch(it) is not None, planned=planned)


def host(default: str) -> Any:  # noqa: ANN401
    """Declare the name or address of a host; an IPv6 address may stand in brackets."""

    def bare(text: str) -> str:
        return text[1:-1] if text.startswith("[") and text.endswith("]") else text

    def check(value: str) -> bool:
        if ":" in value:
            try:
                ip_address(value)
            except ValueError:
                return False
        return _HOST.fullmatch(value) is not None

    return _field(default, "a host name or address, without a port", check, tidy=bare)


def texts(
    default: tuple[str, ...] = (),
    *,
    allowed: str,
    check: _Check,
    at_least_one: bool = False,
    planned: bool = False,
) -> Any:  # noqa: ANN401
    """Declare a list of texts that each pass a check."""

    def check_all(values: tuple[str, ...]) -> bool:
        return bool(values or not at_least_one) and all(map(check, values))

    return _field(default, allowed, check_all, planned=planned)


def networks(default: tuple[()] = ()) -> Any:  # noqa: ANN401
    """Declare a list of IP networks."""
    return _field(
        default, 'a list of IP networks, like "192.168.1.0/24" or "fd00::/8"', lambda _: True
    )


def ports() -> Any:  # noqa: ANN401
    """Declare a list of TCP ports."""

    def check(values: tuple[int, ...]) -> bool:
        return all(1 <= value <= 65_535 for value in values)

    return _field((), "a list of ports from 1 to 65535, like [443, 8443]", check)


def listen_address(default: object) -> Any:  # noqa: ANN401
    """Declare an address to listen on."""
    return _field(default, '"host:port", like "0.0.0.0:8080" or "[::]:8080"', lambda _: True)


def file(*, allowed: str = "the path of a file", planned: bool = False) -> Any:  # noqa: ANN401
    """Declare an optional path of a file."""
    return _field(None, allowed, lambda _: True, planned=planned)


def certificates() -> Any:  # noqa: ANN401
    """Declare an optional path of a file with certificates to trust."""

    def check(path: Path) -> bool:
        try:
            client_context(trusted_file=path)
        except (OSError, ValueError):
            return False
        return True

    return _field(None, "the path of a readable PEM file with at least one certificate", check)


def proxy() -> Any:  # noqa: ANN401
    """Declare an optional HTTP proxy."""

    def check(value: str) -> bool:
        if "@" in value:
            raise Reason("must hold no user and password: they go into delivery.proxy_credentials")
        try:
            parts = urlsplit(value)
            is_place = bool(parts.hostname and parts.port)
        except ValueError:
            return False
        rest = value.removeprefix("http://").removesuffix("/")
        return parts.scheme == "http" and is_place and rest == parts.netloc

    return _field(None, 'the address of an HTTP proxy, like "http://proxy.example:3128"', check)


def credentials() -> Any:  # noqa: ANN401
    """Declare an optional user and password; they are never shown."""
    shape = re.compile(r"[^:\x00-\x1f\x7f]*:[^\x00-\x1f\x7f]*")
    return _field(
        None,
        "user:password, in one line",
        lambda it: shape.fullmatch(it) is not None,
        secret=True,
        exact=True,
    )


def named_certificates() -> Any:  # noqa: ANN401
    """Declare client certificates by their names."""
    allowed = (
        'a table of certificates by name, like plant = {cert_file = "plant.pem", key_file ='
        ' "plant.key", tenants = ["acme"]}; in the environment plant=/etc/plant.pem:/etc/plant.key'
    )
    return _field(
        ClientCertificates(),
        allowed,
        lambda named: all(CERTIFICATE_NAME.fullmatch(name) for name in named),
    )


def table(default: object, allowed: str, check: _Check) -> Any:  # noqa: ANN401
    """Declare a table of values that a check knows."""
    return _field(default, allowed, check)


def encryption_keys() -> Any:  # noqa: ANN401
    """Declare optional keys to encrypt with, newest first; they are never shown."""
    allowed = (
        f"the base64 of {KEY_BYTES} bytes, such as `openssl rand -base64 {KEY_BYTES}` prints;"
        " older keys follow the newest after commas"
    )

    def check(value: str) -> bool:
        try:
            parse_keys(value)
        except ValueError:
            return False
        return True

    return _field(None, allowed, check, secret=True)


def secret(*, least_bytes: int = 1, planned: bool = False) -> Any:  # noqa: ANN401
    """Declare an optional secret; it is never shown."""
    allowed = (
        "text that is not empty" if least_bytes == 1 else f"text of at least {least_bytes} bytes"
    )

    def check(value: str) -> bool:
        return len(value.encode()) >= least_bytes

    return _field(None, allowed, check, secret=True, planned=planned, exact=True)


def url(
    default: str | None,
    schemes: Iterable[str],
    *,
    holds_secret: bool = False,
    planned: bool = False,
) -> Any:  # noqa: ANN401
    """Declare a URL of one of a few schemes; it is never shown when it may hold a password."""
    wanted = list(schemes)
    allowed = "a URL that begins with " + " or ".join(f"{scheme}://" for scheme in wanted)

    def check(value: str) -> bool:
        try:
            parts = urlsplit(value)
            port = parts.port or 1
        except ValueError:
            return False
        return parts.scheme in wanted and "://" in value and port > 0

    return _field(default, allowed, check, secret=holds_secret, planned=planned)


def database_url(default: str | None) -> Any:  # noqa: ANN401
    """Declare the URL of a PostgreSQL; it is never shown."""

    def check(value: str) -> bool:
        try:
            read_url(value)
        except UrlProblem as problem:
            raise Reason(str(problem)) from None
        return True

    return _field(
        default, "a URL that begins with postgresql:// or postgres://", check, secret=True
    )
