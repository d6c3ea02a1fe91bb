"""What a route may say of its webhook: URL, headers, retries and limits, validated.

Pure. It says nothing of where a webhook may go (that depends on the address at the connect).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

import attrs

from pulse_router.domain.config_fields import FieldReader
from pulse_router.domain.lanes.pace import RateSetting
from pulse_router.domain.lanes.settings import LaneSettings, read_lane_settings, read_rate
from pulse_router.domain.retry import RetryPolicy
from pulse_router.domain.secrets.signatures import SigningKey
from pulse_router.domain.templates.bodies import BodyShape, read_shape
from pulse_router.domain.templates.targets import Target, read_target

MASK: Final = "********"
"""Stands for what must not be shown."""
MAX_URL_LENGTH: Final = 2048
MAX_HEADERS: Final = 32
MAX_HEADER_LENGTH: Final = 4096
MIN_TIMEOUT_SECONDS: Final = 0.1
MAX_TIMEOUT_SECONDS: Final = 300.0
MAX_BATCH_MESSAGES: Final = 1000
MAX_BATCH_WAIT_MS: Final = 60_000
BATCH_BYTES: Final = 1024 * 1024
"""What the body of one batch may weigh, if it is more than one message."""
DEFAULT_BATCH_MESSAGES: Final = 100
DEFAULT_BATCH_WAIT_MS: Final = 1000
METHODS: Final = ("POST", "PUT", "PATCH")
FORMATS: Final = ("raw", "cloudevents", "template", "text")
BATCH_FORMATS: Final = ("cloudevents", "template")
SECRET_FIELDS: Final = ("secret", "secrets", "template_secrets")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

CERTIFICATE_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
"""How the operator may call a client certificate."""
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e]*")
_URL_CHARACTERS: Final = re.compile(r"[^\x00-\x20\x7f\\]+")
_HOST: Final = re.compile(r"[A-Za-z0-9_.:-]{1,253}")
_RESERVED_HEADERS: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "x-signature-256",
    }
)
_RESERVED_PREFIXES: Final = ("webhook-", "x-pulse-", "proxy-")


@attrs.frozen
class WebhookUrl:
    """A URL, taken apart for the request. `host` has no brackets; `target` is path and query.

    Attributes:
        is_absolute: Whether a dot stood at the end of the host's name: then the system completes it
            by none of its search domains. For certificates and servers the dot is none of the name.
        template: Fills the placeholders of path and query, where they have some.
    """

    scheme: str
    host: str
    port: int
    target: str = attrs.field(repr=False)
    is_absolute: bool = False
    template: Target | None = attrs.field(default=None, repr=False)

    @property
    def authority(self) -> str:
        """What stands in the `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """The URL without path and query, fit for errors."""
        return f"{self.scheme}://{self.authority}"


@attrs.frozen
class WebhookDefaults:
    """What the operator has set for what a route leaves open."""

    timeout_seconds: float = 10.0
    max_in_flight: int = 64
    retry: RetryPolicy = attrs.field(factory=RetryPolicy)

    @property
    def lane(self) -> LaneSettings:
        """What holds for the lane of a route."""
        return LaneSettings(self.retry, self.max_in_flight)


@attrs.frozen
class BatchPolicy:
    """How many messages go into one request, and how long the first of them waits for others."""

    max_messages: int
    max_wait_seconds: float


@attrs.frozen
class WebhookConfig:
    """A webhook as a route wants it. `keys` sign its requests, newest first."""

    url: WebhookUrl
    method: str
    headers: Mapping[str, str] = attrs.field(repr=False)
    timeout_seconds: float
    body: BodyShape
    retry: RetryPolicy
    max_in_flight: int
    batch: BatchPolicy | None = None
    keys: Sequence[SigningKey] = attrs.field(default=(), repr=False)
    ordered: bool = False
    client_certificate: str | None = None
    rate: RateSetting | None = None
    template_secrets: Mapping[str, str] = attrs.field(factory=dict, repr=False)

    @property
    def lane(self) -> LaneSettings:
        """What it says of its lane."""
        return LaneSettings(self.retry, self.max_in_flight, self.ordered, self.rate)


def read_webhook(
    reader: FieldReader, defaults: WebhookDefaults, secret_names: Collection[str] = ()
) -> WebhookConfig | None:
    """Read a webhook's configuration without its secrets.

    Args:
        reader: The configuration; faults are noted there.
        defaults: What the operator has set for what the configuration leaves open.
        secret_names: The names of the template secrets.

    Returns:
        The configuration, or None when there are faults.
    """
    url = _read_url(reader)
    method = reader.choice("method", "POST", METHODS)
    headers = _read_headers(reader.object("headers"))
    timeout = reader.number(
        "timeout_seconds",
        defaults.timeout_seconds,
        low=MIN_TIMEOUT_SECONDS,
        high=MAX_TIMEOUT_SECONDS,
    )
    body = read_shape(reader, FORMATS, secret_names)
    lane = read_lane_settings(reader, defaults.lane)
    certificate = _read_certificate(reader)
    rate = read_rate(reader)
    batch = _read_batch(reader.object("batch")) if reader.value("batch") is not None else None
    if batch is not None:
        _check_batch(reader, body, url)
    for name in SECRET_FIELDS:  # read elsewhere, and named with what is allowed here
        reader.value(name)
    reader.refuse_unknown()
    if reader.problems or url is None:
        return None
    return WebhookConfig(
        url,
        method,
        headers,
        timeout,
        body,
        lane.retry,
        lane.max_in_flight,
        batch,
        ordered=lane.ordered,
        client_certificate=certificate,
        rate=rate,
    )


def parse_url(text: str) -> WebhookUrl:
    """Take a webhook's URL apart.

    Raises:
        ValueError: What is wrong with it; the message does not repeat it.
    """
    if not text or len(text) > MAX_URL_LENGTH:
        raise ValueError(f"must have 1 to {MAX_URL_LENGTH} characters")
    if not _URL_CHARACTERS.fullmatch(text):
        raise ValueError("must not contain spaces, control characters or backslashes")
    try:
        parts = urlsplit(text)
        port = parts.port if "{" not in parts.netloc else None
    except ValueError:
        raise ValueError("must be a valid URL, such as https://example.com/hook") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("must begin with http:// or https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not contain a user or password; use the Authorization header")
    if "#" in text:
        raise ValueError("must not have a fragment")
    if "{" in parts.netloc:
        raise ValueError("must not have placeholders in host and port, only in path and query")
    name = parts.hostname or ""
    host = name.removesuffix(".")
    if not _HOST.fullmatch(host) or (":" in host) is not parts.netloc.startswith("["):
        raise ValueError("must have a host: an ASCII name (punycode) or an address without a zone")
    if port == 0:
        raise ValueError("must have a port from 1 to 65535")
    target = read_target(parts.path, parts.query)
    return WebhookUrl(
        parts.scheme,
        host,
        port or _DEFAULT_PORTS[parts.scheme],
        target.text,
        is_absolute=host != name,
        template=target if target.names else None,
    )


def _read_url(reader: FieldReader) -> WebhookUrl | None:
    value = reader.value("url")
    if not isinstance(value, str):
        reader.fault("url", "is required: an http:// or https:// URL")
        return None
    try:
        return parse_url(value)
    except ValueError as error:
        reader.fault("url", str(error))
        return None


def _read_certificate(reader: FieldReader) -> str | None:
    value = reader.value("client_certificate")
    if value is None or (isinstance(value, str) and CERTIFICATE_NAME.fullmatch(value)):
        return value
    reader.fault("client_certificate", "must be a name of 1 to 64 of the characters A-Za-z0-9_.-")
    return None


def _read_headers(reader: FieldReader) -> Mapping[str, str]:
    headers: dict[str, str] = {}
    seen: set[str] = set()
    entries = reader.items()
    if len(entries) > MAX_HEADERS:
        reader.fault("", f"must not be more than {MAX_HEADERS}")
        return headers
    for name, value in entries:
        lower = name.lower()
        if not _HEADER_NAME.fullmatch(name):
            reader.fault(name, "is no valid header name")
        elif lower in _RESERVED_HEADERS or lower.startswith(_RESERVED_PREFIXES):
            reader.fault(name, "is set by the router and must not be overridden")
        elif lower in seen:
            reader.fault(name, "is given twice")
        elif not isinstance(value, str) or not _HEADER_VALUE.fullmatch(value):
            reader.fault(name, "must be a string of printable ASCII characters")
        elif value == MASK:
            reader.fault(name, "is a mask; write the value itself")
        elif len(value) > MAX_HEADER_LENGTH:
            reader.fault(name, f"must not have more than {MAX_HEADER_LENGTH} characters")
        else:
            headers[name] = value.strip()
        seen.add(lower)
    return headers


def _check_batch(reader: FieldReader, body: BodyShape, url: WebhookUrl | None) -> None:
    """Check that messages of several devices can go out as one."""
    if reader.value("format") is not None and body.format not in BATCH_FORMATS:
        allowed = " or ".join(BATCH_FORMATS)
        reader.fault("format", f"must be {allowed}, or left out: a batch is a list of JSON values")
    if url is not None and url.template is not None and set(url.template.names) != {"tenant_id"}:
        reader.fault("url", "may have no placeholder but {tenant_id}: a batch is of many devices")


def _read_batch(reader: FieldReader) -> BatchPolicy:
    messages = reader.integer(
        "max_messages", DEFAULT_BATCH_MESSAGES, low=1, high=MAX_BATCH_MESSAGES
    )
    wait_ms = reader.integer("max_wait_ms", DEFAULT_BATCH_WAIT_MS, low=0, high=MAX_BATCH_WAIT_MS)
    reader.refuse_unknown()
    return BatchPolicy(messages, wait_ms / 1000)
