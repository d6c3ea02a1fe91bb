"""What an installation decides of its console, and what follows for the headers.

It knows no HTTP server, no setting and no issuer's protocol.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

import attrs

from pulse_router.console.site import Site

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src {connect}; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
_ORIGIN: Final = re.compile(r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


@attrs.frozen(kw_only=True)
class SignIn:
    """How one signs in at an issuer.

    Attributes:
        issuer: Its name, as tokens bear it.
        client_id: The console's name there.
        scopes: What is asked for.
        authorization_endpoint: Where the browser is sent; None while the issuer has not said it.
        token_endpoint: Where a code becomes a token, likewise.
        end_session_endpoint: Where one signs out, if it has such a place.
        problem: Why it has not said it, in a sentence without secrets.
    """

    issuer: str
    client_id: str
    scopes: Sequence[str]
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    end_session_endpoint: str | None = None
    problem: str | None = None


@attrs.frozen
class Demonstration:
    """That this is a demo, and where its webhook sink takes requests, if it has one."""

    sink_url: str | None = None


@attrs.frozen(kw_only=True)
class Console:
    """The console of an installation.

    Attributes:
        is_enabled: Whether there is one.
        site: Gives what was built; None where nothing was.
        label: The installation's name, to tell its pages from others'.
        colour: Its colour, as `#rrggbb`.
        sign_in: Tells how one signs in at an issuer; None where one does not.
        demonstration: What a demo says of itself.
    """

    is_enabled: bool = True
    site: Callable[[], Site | None] = lambda: None
    label: str | None = None
    colour: str | None = None
    sign_in: Callable[[], SignIn | None] = lambda: None
    demonstration: Demonstration | None = None

    def headers(self) -> Mapping[str, str]:
        """Give the headers of everything that is served: nobody but router and issuer is asked."""
        sign_in = self.sign_in()
        asked = () if sign_in is None else (sign_in.issuer, sign_in.token_endpoint)
        origins = dict.fromkeys(origin for url in asked if (origin := origin_of(url)) is not None)
        return {
            "Content-Security-Policy": _POLICY.format(connect=" ".join(["'self'", *origins])),
            "Cross-Origin-Opener-Policy": "same-origin",
        }


def origin_of(url: str | None) -> str | None:
    """Give the origin of an address as a policy can name it; None where it has none such."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return origin if _ORIGIN.fullmatch(origin) else None
