"""An OpenID Connect issuer on a real socket, which does what a test says."""

from __future__ import annotations

import json
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio
from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeyParameters, OKPKey, RSAKey
from joserfc.registry import HeaderParameter

from pulse_router.api.access.issuer_tokens import Algorithms
from pulse_router.embedded.ports import find_free

AUDIENCE = "pulse-router"
DISCOVERY = "/realms/plant/.well-known/openid-configuration"
KEYS = "/realms/plant/protocol/openid-connect/certs"
ALGORITHMS = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}


def make_key(algorithm: str, kid: str) -> Key:
    """A new private key for an algorithm."""
    named: KeyParameters = {"kid": kid, "use": "sig"}
    match algorithm:
        case "RS256":
            return RSAKey.generate_key(2048, named)
        case "ES256":
            return ECKey.generate_key("P-256", named)
    return OKPKey.generate_key("Ed25519", named)


@attrs.define(eq=False)
class Issuer:
    """Signs tokens in Keycloak's shape and publishes its keys.

    Attributes:
        keys: What it publishes, and signs with, by key id.
        extra: What stands in its key set beside them.
        answers: What it sends for a path in place of its own: status, headers, body.
        asked: How often each path was asked for.
        held: While not set, it answers nobody.
    """

    port: int = attrs.field(factory=find_free)
    scheme: str = "http"
    keys: dict[str, Key] = attrs.field(factory=dict)
    extra: list[dict[str, Any]] = attrs.field(factory=list)
    answers: dict[str, tuple[int, Mapping[str, str], bytes]] = attrs.field(factory=dict)
    asked: Counter[str] = attrs.field(factory=Counter)
    cache_control: str = "no-cache"
    held: trio.Event | None = None

    @property
    def url(self) -> str:
        return f"{self.scheme}://localhost:{self.port}/realms/plant"

    def add_key(self, algorithm: str, kid: str) -> None:
        self.keys[kid] = make_key(algorithm, kid)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """An access token's claims as Keycloak makes them; None takes one away."""
        now = int(time.time())
        claims = {
            "exp": now + 300,
            "iat": now,
            "jti": "b1c4a1ee-6d1b-4cf2-9f1e-0b6f6d2a6c11",
            "iss": self.url,
            "aud": [AUDIENCE, "account"],
            "sub": "f3b0c1d2-0000-4000-8000-000000000001",
            "typ": "Bearer",
            "azp": "dashboard",
            "realm_access": {"roles": ["offline_access", "customer_admin"]},
            "resource_access": {"account": {"roles": ["view-profile"]}},
            "scope": "openid organization",
            "organization": {"TENANT1": {"id": "42c3e46f-2477-44d7-a85b-d3b43f6b31fa"}},
            "preferred_username": "ada",
        } | changes
        return {name: value for name, value in claims.items() if value is not None}

    def sign(self, kid: str, *, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
        """A token signed with one of its keys."""
        key = self.keys[kid]
        plain = {"alg": ALGORITHMS[key.key_type], "kid": kid, "typ": "JWT"}
        signing = Algorithms()
        signing.header_registry["exp"] = HeaderParameter("An extension", "int")
        given = {name: value for name, value in (plain | dict(header or {})).items() if value}
        return jwt.encode(given, self.claims(**changes), key, registry=signing)

    def documents(self) -> dict[str, dict[str, Any]]:
        published = [
            key.as_dict(private=False, alg=ALGORITHMS[key.key_type]) for key in self.keys.values()
        ]
        return {
            DISCOVERY: {
                "issuer": self.url,
                "jwks_uri": f"{self.scheme}://localhost:{self.port}{KEYS}",
                "token_endpoint": f"{self.url}/protocol/openid-connect/token",
            },
            KEYS: {"keys": published + self.extra},
        }

    @asynccontextmanager
    async def serving(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[None]:
        """Answer on its port while the block runs; it may be entered again and again."""
        async with trio.open_nursery() as nursery:
            if tls is None:
                plain = await trio.open_tcp_listeners(self.port, host="127.0.0.1")
                await nursery.start(trio.serve_listeners, self._answer, plain)
            else:
                secure = await trio.open_ssl_over_tcp_listeners(self.port, tls, host="127.0.0.1")
                await nursery.start(trio.serve_listeners, self._answer, secure)
            yield
            nursery.cancel_scope.cancel()

    async def _answer(self, stream: trio.abc.Stream) -> None:
        try:
            head = b""
            while b"\r\n\r\n" not in head:
                received = await stream.receive_some(4096)
                if not received:
                    return
                head += bytes(received)
            path = head.split(b" ", 2)[1].decode()
            self.asked[path] += 1
            if self.held is not None:
                await self.held.wait()
            status, headers, body = self.answers.get(path) or self._document(path)
            lines = [f"HTTP/1.1 {status} .", f"Content-Length: {len(body)}", "Connection: close"]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            await stream.send_all("\r\n".join([*lines, "", ""]).encode() + body)
            await stream.aclose()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # the other side has gone, which is its right

    def _document(self, path: str) -> tuple[int, Mapping[str, str], bytes]:
        document = self.documents().get(path)
        if document is None:
            return 404, {}, b"{}"
        headers = {"Content-Type": "application/json", "Cache-Control": self.cache_control}
        return 200, headers, json.dumps(document).encode()
