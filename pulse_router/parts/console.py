"""The web console: what was built, what the operator has set, and where the issuer lets sign in."""

from __future__ import annotations

from functools import partial

from pulse_router.console.console import Console, Demonstration, SignIn
from pulse_router.console.site import SiteFolder
from pulse_router.oidc.sign_in import SignInEndpoints
from pulse_router.parts.parts import Parts
from pulse_router.settings import AuthSettings


def join_console(parts: Parts, demonstration: Demonstration | None) -> Console:
    """Join what the console is made of.

    Args:
        parts: The parts of the router.
        demonstration: What a demo says of itself; None where this is none.
    """
    settings, endpoints = parts.base.settings, parts.access.sign_in
    console = settings.console
    return Console(
        is_enabled=console.enabled,
        site=SiteFolder().current,
        label=console.label,
        colour=console.colour,
        sign_in=partial(_sign_in, settings.auth, endpoints),
        demonstration=demonstration,
    )


def _sign_in(auth: AuthSettings, endpoints: SignInEndpoints | None) -> SignIn | None:
    if endpoints is None or auth.issuer is None or auth.console_client_id is None:
        return None
    known = endpoints.known
    return SignIn(
        issuer=auth.issuer,
        client_id=auth.console_client_id,
        scopes=auth.console_scopes,
        authorization_endpoint=None if known is None else known.authorization,
        token_endpoint=None if known is None else known.token,
        end_session_endpoint=None if known is None else known.end_session,
        problem=None if known is not None else endpoints.problem,
    )
