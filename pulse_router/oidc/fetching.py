"""Fetches an issuer's documents over HTTPS: its address book, and its keys.

An answer is bounded in time and size; a redirect is not followed, for the keys of another address
are not the issuer's. It knows nothing of caching.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import attrs
import httpx2
import msgspec
import trio
from joserfc.jwk import Key

from pulse_router.domain.errors import Unavailable
from pulse_router.oidc.key_sets import fresh_seconds, read_key_set
from pulse_router.oidc.options import IssuerOptions
from pulse_router.runtime.tls import client_context

MAX_BYTES: Final = 512 * 1024
ANSWER_SECONDS: Final = 10.0
WELL_KNOWN: Final = "/.well-known/openid-configuration"


@attrs.frozen
class FetchedKeys:
    """An issuer's keys, and for how long they need not be asked for again."""

    keys: tuple[Key, ...]
    fresh_seconds: float


@attrs.frozen
class Endpoints:
    """Where a browser signs in at an issuer, and out, if it has a place for that."""

    authorization: str
    token: str
    end_session: str | None


class IssuerSite:
    """The issuer's documents.

    Args:
        options: Where they are.
    """

    def __init__(self, options: IssuerOptions) -> None:
        self._options = options
        self._book = options.issuer.rstrip("/") + WELL_KNOWN

    async def fetch_keys(self) -> FetchedKeys:
        """Fetch the keys, from where the issuer says that they are.

        Raises:
            Unavailable: The issuer does not answer, or not with keys that can be used.
        """
        # The file of certificates is read each time, so that a renewed one needs no restart.
        trusted = await trio.to_thread.run_sync(_trust, self._options.ca_file)
        async with _open_client(trusted) as client:
            url = self._options.jwks_url or await self._discover(client)  # they may have moved
            document, headers = await _fetch(client, url)
        keys = read_key_set(document)
        if not keys:
            raise Unavailable(f"{_shown(url)} holds no key for RS256, ES256 or EdDSA")
        return FetchedKeys(keys, fresh_seconds(headers.get("Cache-Control")))

    async def fetch_endpoints(self) -> Endpoints:
        """Ask the issuer where one signs in.

        Raises:
            Unavailable: The issuer does not answer, or not with endpoints that can be used.
        """
        trusted = await trio.to_thread.run_sync(_trust, self._options.ca_file)
        async with _open_client(trusted) as client:
            document = await self._address_book(client)
        return Endpoints(
            authorization=self._address(document, "authorization_endpoint"),
            token=self._address(document, "token_endpoint"),
            end_session=self._address(document, "end_session_endpoint")
            if "end_session_endpoint" in document
            else None,
        )

    async def _discover(self, client: httpx2.AsyncClient) -> str:
        """Ask the issuer where its keys are."""
        return self._address(await self._address_book(client), "jwks_uri")

    async def _address_book(self, client: httpx2.AsyncClient) -> Mapping[str, Any]:
        """Ask the issuer where everything of it is (OpenID Connect Discovery 1.0)."""
        address = self._book
        document, _ = await _fetch(client, address)
        if document.get("issuer") != self._options.issuer:
            raise Unavailable(
                f"{_shown(address)} names another issuer than auth.issuer; they must be equal to"
                " the letter, the slash at the end included"
            )
        return document

    def _address(self, document: Mapping[str, Any], name: str) -> str:
        found = document.get(name)
        if not isinstance(found, str) or not _may_lead_to(self._options.issuer, found):
            raise Unavailable(f"{_shown(self._book)} has no {name} that is as safe as the issuer")
        return found


async def _fetch(client: httpx2.AsyncClient, url: str) -> tuple[Mapping[str, Any], httpx2.Headers]:
    try:
        with trio.fail_after(ANSWER_SECONDS):
            async with client.stream("GET", url) as answer:
                if answer.status_code != 200:
                    raise Unavailable(f"{_shown(url)} answers with {answer.status_code}")
                body = await _read(answer, url)
    except trio.TooSlowError:
        raise Unavailable(f"{_shown(url)} does not answer in time") from None
    except httpx2.RequestError as error:
        raise Unavailable(f"{_shown(url)} cannot be reached: {_words(error)}") from None
    except (httpx2.InvalidURL, httpx2.StreamError, ValueError) as error:
        raise Unavailable(f"{_shown(url)} cannot be asked: {type(error).__name__}") from None
    try:
        document = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Unavailable(f"{_shown(url)} does not answer with a JSON object") from None
    return document, answer.headers


def _open_client(trusted: ssl.SSLContext) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        verify=trusted,
        trust_env=False,  # where keys come from is for the settings to say, not for a proxy
        follow_redirects=False,
        timeout=ANSWER_SECONDS,
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
    )


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    context = client_context()
    if ca_file is None:
        return context
    try:
        context.load_verify_locations(cafile=ca_file)
    except ssl.SSLError:
        raise Unavailable(f"auth.ca_file: {ca_file} holds no certificate in PEM form") from None
    except OSError as error:
        raise Unavailable(f"auth.ca_file: cannot read {ca_file}: {error.strerror}") from None
    return context


async def _read(answer: httpx2.Response, url: str) -> bytes:
    body = bytearray()
    with trio.CancelScope() as scope:
        async for chunk in answer.aiter_raw():
            body += chunk
            if len(body) > MAX_BYTES:
                scope.cancel()  # to break off would leave the client's generators open
    if len(body) > MAX_BYTES:
        raise Unavailable(f"{_shown(url)} answers with more than {MAX_BYTES} bytes")
    return bytes(body)


def _may_lead_to(issuer: str, url: str) -> bool:
    """Tell whether keys may come from an address: never in clear where the issuer has TLS."""
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        return False
    return scheme == "https" or (scheme == "http" and issuer.startswith("http://"))


def _shown(url: str) -> str:
    """Give a URL as it may stand in a log: without user, query and fragment."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "the issuer"
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path}"


def _words(error: BaseException) -> str:
    """Give the words of what lies behind an error; the client's own often has none."""
    words = type(error).__name__
    cause: BaseException | None = error
    while cause is not None:
        words = str(cause) or words
        cause = cause.__cause__ or cause.__context__
    return words
