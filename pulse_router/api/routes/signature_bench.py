"""`…/verify-signature`: why a receiver's check of a signature fails, or does not."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta
from quart import Response

from pulse_router.api.access.paths import Paths
from pulse_router.api.openapi.operations import Operation
from pulse_router.api.requests.json_bodies import read_body
from pulse_router.api.requests.problems import FieldFault, found, invalid
from pulse_router.api.requests.reading import read_id
from pulse_router.api.requests.responses import json_response, utc_or_none
from pulse_router.api.requests.values import Time
from pulse_router.api.routes.drafts import unreadable
from pulse_router.api.routes.operations import ROUTE_ID, TAG
from pulse_router.api.routes.ports import RouteStore
from pulse_router.domain.insight.signature_bench import (
    TOLERANCE_SECONDS,
    Bench,
    Finding,
    Signed,
    examine,
)
from pulse_router.domain.secrets.signatures import SigningKey, signing_key
from pulse_router.domain.secrets.signing_secrets import SigningSecret

PATH: Final = "/customer/message-routes/<route_id>/verify-signature"
MAX_TOLERANCE_SECONDS: Final = 366 * 24 * 3600

_HeaderName = Annotated[str, Meta(max_length=200)]
_HeaderValue = Annotated[str, Meta(max_length=4096)]


class SignatureBody(msgspec.Struct, forbid_unknown_fields=True):
    """A webhook as it came: its headers, and its body as text or in base64.

    `received_at` is when it came, now where it is not said.
    """

    headers: Annotated[dict[_HeaderName, _HeaderValue], Meta(max_length=100)]
    body: str | None = None
    body_base64: str | None = None
    tolerance_seconds: Annotated[float, Meta(ge=0, le=MAX_TOLERANCE_SECONDS)] = TOLERANCE_SECONDS
    received_at: Time | None = None


class SignatureAnswer(msgspec.Struct):
    """What was found, and a sentence that says it.

    `header` is the header that it is about. `secret_number` says by which of the route's secrets
    the signature was made, 1 for the newest, and `secret_expires_at` when that one ends. No secret
    is told, and no signature that was expected.
    """

    route_id: int
    finding: Finding
    is_valid: bool
    say: str
    header: str | None
    secret_number: int | None
    secret_expires_at: Time | None
    age_seconds: int | None


_VERIFY: Final = Operation(
    id="verify_signature",
    tag=TAG,
    summary="See why a webhook's signature verifies, or does not",
    description=(
        "Takes the headers and the body as the receiver got them. It is held against"
        " `webhook-signature` where there is one, otherwise against `X-Signature-256`."
    ),
    parameters=[ROUTE_ID],
    body=SignatureBody,
    example={
        "headers": {
            "webhook-id": "7",
            "webhook-timestamp": "1767225600",
            "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
        },
        "body": '{"metrics":{"temperature":91.2}}',
    },
    answers={200: SignatureAnswer},
    problems={404: "There is no such route.", 409: "Its secrets cannot be read."},
)


class SignatureBench:
    """Examines signatures.

    Args:
        store: The routes.
        utc_now: Gives the time.
    """

    def __init__(
        self,
        store: RouteStore,
        *,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._utc_now = utc_now

    def register(self, paths: Paths) -> None:
        """Register the handler."""
        paths.customer("POST", PATH, self.verify, writes=False, operation=_VERIFY)

    async def verify(self, tenant_id: str, route_id: str) -> Response:
        """Examine a webhook's signature."""
        number = read_id("route_id", route_id)
        given = await read_body(SignatureBody)
        signed = Signed(
            {name.lower(): value for name, value in given.headers.items()}, _bytes_of(given)
        )
        route = found(await self._store.load_route(tenant_id, number), "route")
        if route.fault is not None:
            raise unreadable(route.fault)
        try:
            keys = [_key(secret) for secret in route.secrets]
        except ValueError as error:  # somebody has written it there by hand
            raise unreadable(f"a secret {error}") from None
        bench = examine(
            signed,
            keys,
            now=(given.received_at or self._utc_now()).timestamp(),
            tolerance_seconds=given.tolerance_seconds,
        )
        secret = None if bench.key is None else route.secrets[bench.key]
        return json_response(_answer(route.id, bench, secret))


def _bytes_of(given: SignatureBody) -> bytes:
    if (given.body is None) == (given.body_base64 is None):
        raise invalid([FieldFault("body", "give it, or 'body_base64'")])
    if given.body is not None:
        return given.body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(given.body_base64 or "", validate=True)
    except (binascii.Error, ValueError):
        raise invalid([FieldFault("body_base64", "must be base64")]) from None


def _key(secret: SigningSecret) -> SigningKey:
    ends = secret.expires_at
    value = signing_key(secret.value)
    return SigningKey(value) if ends is None else SigningKey(value, ends.timestamp())


def _answer(route_id: int, bench: Bench, secret: SigningSecret | None) -> SignatureAnswer:
    ends = None if secret is None else utc_or_none(secret.expires_at)
    is_old = bench.finding is Finding.VALID_BY_OLDER
    when = f" at {ends:%Y-%m-%dT%H:%M:%SZ}" if is_old and ends is not None else ""
    return SignatureAnswer(
        route_id=route_id,
        finding=bench.finding,
        is_valid=bench.finding in {Finding.VALID, Finding.VALID_BY_OLDER},
        say=bench.say + when,
        header=bench.header,
        secret_number=None if bench.key is None else bench.key + 1,
        secret_expires_at=ends,
        age_seconds=bench.age_seconds,
    )
