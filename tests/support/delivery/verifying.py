"""Webhooks as they are sent, held against receivers that tell what is genuine."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import attrs

from pulse_router.domain.deliveries import Outcome, Verdict
from pulse_router.domain.destinations import parse_destination
from pulse_router.domain.routes import DestinationType
from pulse_router.domain.secrets.signing_secrets import SigningSecret, make_secret, rotate
from pulse_router.webhook.guard import NetworkGuard
from pulse_router.webhook.sender import WebhookDestination, open_webhooks
from tests.support.delivery.deliveries import make_delivery, make_route

STANDARD, OTHER_STANDARD = make_secret(b"n" * 32), make_secret(b"\xff\xfe" * 16)
WORDS = "correct horse battery staple"
UNICODE = "Käse, 鍵, 🔑"
BASE64 = base64.b64encode(bytes(range(32))).decode()
HEX = bytes(range(32)).hex()
BODIES = (
    '{"metrics":{"temperature":90}}',
    '{"metrics":{"temperature":-0.0},"note":"Käse \\u0000 鍵 🔑"}',
    '{ "spaces" :\t1e22,\n"line": "\u2028" }',
)


@attrs.frozen
class Form:
    """A form that a secret may have, and how the docs say that a library is given it.

    Attributes:
        written: What the route has been given, newest first.
        known: The one that the receiver knows.
        is_raw: Whether the library is given its bytes instead of its text.
        is_genuine: Whether that fits.
    """

    name: str
    written: Sequence[str]
    known: str
    is_raw: bool
    is_genuine: bool = True
    secrets: Sequence[SigningSecret] | None = None


def forms(now: datetime) -> list[Form]:
    """Every form, and what must not pass for genuine."""
    rotated = rotate([SigningSecret(WORDS)], STANDARD, now=now, overlap=timedelta(hours=1))
    ended = rotate(
        [SigningSecret(WORDS)], STANDARD, now=now - timedelta(hours=2), overlap=timedelta(hours=1)
    )
    return [
        Form("whsec_", [STANDARD], STANDARD, is_raw=False),
        Form("plain words", [WORDS], WORDS, is_raw=True),
        Form("plain words beyond ASCII", [UNICODE], UNICODE, is_raw=True),
        Form("base64 without whsec_", [BASE64], BASE64, is_raw=True),
        Form("hex", [HEX], HEX, is_raw=True),
        Form("whsec_ before base64", [f"whsec_{BASE64}"], BASE64, is_raw=False),
        Form("several, the newest", [STANDARD, WORDS, HEX], STANDARD, is_raw=False),
        Form("several, the second", [STANDARD, WORDS, HEX], WORDS, is_raw=True),
        Form("several, the last", [STANDARD, WORDS, OTHER_STANDARD], OTHER_STANDARD, is_raw=False),
        Form("rotated, the new one", [], STANDARD, is_raw=False, secrets=rotated),
        Form("rotated, the old one", [], WORDS, is_raw=True, secrets=rotated),
        Form("rotated, after the overlap", [], WORDS, True, is_genuine=False, secrets=ended),
        Form("another secret", [STANDARD], OTHER_STANDARD, is_raw=False, is_genuine=False),
        Form("base64 that is decoded", [BASE64], BASE64, is_raw=False, is_genuine=False),
        Form("none", [], STANDARD, is_raw=False, is_genuine=False),
    ]


def known_secrets(shown: Sequence[Form]) -> str:
    """What a receiver is told of the secrets, as JSON."""
    return json.dumps([{"secret": each.known, "is_raw": each.is_raw} for each in shown])


async def judged(port: int, shown: Sequence[Form]) -> dict[str, set[bool]]:
    """Send to a receiver by every form, each body by itself and all in a batch."""
    guard = NetworkGuard([ip_network("127.0.0.0/8")])
    found: dict[str, set[bool]] = {}
    async with open_webhooks(guard) as webhooks:
        for number, form in enumerate(shown):
            config: dict[str, Any] = {"url": f"http://127.0.0.1:{port}/{number}"}
            outcomes = await _send_all(webhooks, number, form, config)
            assert {outcome.status for outcome in outcomes} <= {204, 401}, outcomes
            found[form.name] = {outcome.verdict is Verdict.DELIVERED for outcome in outcomes}
    return found


async def _send_all(
    webhooks: WebhookDestination, number: int, form: Form, config: dict[str, Any]
) -> list[Outcome]:
    written = config | ({"secrets": list(form.written)} if form.written else {})
    stored = parse_destination(DestinationType.WEBHOOK, written)
    secrets = stored.secrets if form.secrets is None else form.secrets
    route = attrs.evolve(make_route(number + 1, **stored.config), secrets=tuple(secrets))
    batches = attrs.evolve(
        make_route(number + 100, **stored.config, batch={}), secrets=tuple(secrets)
    )
    deliveries = [make_delivery(n, payload=body) for n, body in enumerate(BODIES, 1)]
    outcomes = [await webhooks.deliver(each, route, attempt=1) for each in deliveries]
    return [*outcomes, await webhooks.deliver_batch(deliveries, batches)]


def expected(shown: Sequence[Form]) -> dict[str, set[bool]]:
    """What a receiver must say of each form."""
    return {form.name: {form.is_genuine} for form in shown}


def now() -> datetime:
    return datetime.now(UTC)
