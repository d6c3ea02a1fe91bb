"""An OpenID Connect issuer where a browser signs in: Authorization Code with PKCE.

It is a thread, so that tests of browsers can have it beside any event loop.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import attrs

from tests.support.servers.issuer import DISCOVERY, Issuer

CLIENT_ID = "pulse-console"
KID = "sign-in"
AUTHORIZATION = "/realms/plant/auth"
TOKEN = "/realms/plant/token"
LOGOUT = "/realms/plant/logout"
BUTTON = "Sign in as ada"
_COOKIE = "signed_in=1"
_PAGE = f'<!doctype html><title>Plant</title><form method="post"><button>{BUTTON}</button></form>'


@attrs.frozen
class Grant:
    """What a code stands for."""

    nonce: str
    challenge: str
    redirect_uri: str


@attrs.define(eq=False)
class SignIn:
    """The issuer, as tests see it.

    Attributes:
        issuer: Signs the tokens.
        access_seconds: How long an access token is good.
        refreshes: Whether it gives refresh tokens.
        prompts: What browsers have come with, sent by a page: `none`, or nothing.
        redeemed: How codes and refresh tokens were redeemed, by the grant's type.
    """

    issuer: Issuer = attrs.field(factory=Issuer)
    access_seconds: float = 300
    refreshes: bool = True
    prompts: list[str] = attrs.field(factory=list)
    redeemed: list[str] = attrs.field(factory=list)
    _codes: dict[str, Grant] = attrs.field(factory=dict)

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.issuer.port}"

    def documents(self) -> dict[str, dict[str, Any]]:
        """What it publishes, where a browser goes included."""
        found = self.issuer.documents()
        found[DISCOVERY] |= {
            "authorization_endpoint": self.origin + AUTHORIZATION,
            "token_endpoint": self.origin + TOKEN,
            "end_session_endpoint": self.origin + LOGOUT,
        }
        return found

    def visit(self, query: dict[str, str], *, is_signed_in: bool) -> str | None:
        """Where a browser is sent that asks to sign in; None when a person has to act."""
        assert query["client_id"] == CLIENT_ID
        assert query["code_challenge_method"] == "S256"
        if is_signed_in:
            code = secrets.token_urlsafe()
            self._codes[code] = Grant(
                query["nonce"], query["code_challenge"], query["redirect_uri"]
            )
            told = {"code": code}
        elif query.get("prompt") == "none":
            told = {"error": "login_required"}
        else:
            return None
        return f"{query['redirect_uri']}?{urlencode(told | {'state': query['state']})}"

    def redeem(self, form: dict[str, str]) -> dict[str, Any] | None:
        """The tokens for a code or a refresh token; None when it is not good."""
        self.redeemed.append(form["grant_type"])
        if form["grant_type"] == "refresh_token":
            return self._tokens(None)
        grant = self._codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if grant is None or challenge != grant.challenge:
            return None
        return None if form["redirect_uri"] != grant.redirect_uri else self._tokens(grant.nonce)

    def _tokens(self, nonce: str | None) -> dict[str, Any]:
        now = self.issuer.claims()["iat"]
        access = self.issuer.sign(KID, exp=now + self.access_seconds)
        identity = self.issuer.sign(KID, aud=CLIENT_ID, azp=CLIENT_ID, nonce=nonce)
        refresh = {"refresh_token": secrets.token_urlsafe()} if self.refreshes else {}
        return {
            "access_token": access,
            "id_token": identity,
            "token_type": "Bearer",
            "expires_in": int(self.access_seconds),
            **refresh,
        }


@contextmanager
def open_sign_in(algorithm: str = "ES256") -> Iterator[SignIn]:
    """An issuer on its port; it ends with the block."""
    sign_in = SignIn()
    sign_in.issuer.add_key(algorithm, KID)
    server = ThreadingHTTPServer(("127.0.0.1", sign_in.issuer.port), partial(_Handler, sign_in))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield sign_in
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, sign_in: SignIn, *arguments: Any) -> None:
        self._sign_in = sign_in
        super().__init__(*arguments)

    def do_GET(self) -> None:
        target = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(target.query).items()}
        document = self._sign_in.documents().get(target.path)
        if document is not None:
            self._answer(HTTPStatus.OK, json.dumps(document), "application/json")
        elif target.path == AUTHORIZATION:
            self._sign_in.prompts.append(query.get("prompt", ""))
            self._visit(query, is_signed_in=_COOKIE in self.headers.get("Cookie", ""))
        elif target.path == LOGOUT:
            self._redirect(query["post_logout_redirect_uri"], "signed_in=0; Path=/")
        else:
            self._answer(HTTPStatus.NOT_FOUND, "", "text/plain")

    def do_POST(self) -> None:
        target = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        if target.path == TOKEN:
            tokens = self._sign_in.redeem(form)
            status = HTTPStatus.OK if tokens else HTTPStatus.BAD_REQUEST
            answer = tokens or {"error": "invalid_grant"}
            self._answer(status, json.dumps(answer), "application/json")
        else:
            query = {name: values[0] for name, values in parse_qs(target.query).items()}
            self._visit(query, is_signed_in=True)

    def _visit(self, query: dict[str, str], *, is_signed_in: bool) -> None:
        where = self._sign_in.visit(query, is_signed_in=is_signed_in)
        if where is None:
            self._answer(HTTPStatus.OK, _PAGE, "text/html")
        else:
            self._redirect(where, f"{_COOKIE}; Path=/" if is_signed_in else "")

    def _redirect(self, where: str, cookie: str) -> None:
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", where)
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, status: HTTPStatus, text: str, kind: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        pass
