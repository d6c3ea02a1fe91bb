"""Bearer tokens in headers (RFC 6750), and how a caller is told that his will not do."""

from __future__ import annotations

from http import HTTPStatus

from pulse_router.api.requests.problems import Problem


def bearer_token(header: str | None) -> str | None:
    """Take the token out of an Authorization header, or None when there is none."""
    scheme, _, token = (header or "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def unauthorized(detail: str, *, error: str | None) -> Problem:
    """Make the problem of a token that is missing or refused (RFC 6750, section 3)."""
    challenge = 'Bearer realm="pulse-router"' + (f', error="{error}"' if error else "")
    return Problem(HTTPStatus.UNAUTHORIZED, detail, headers={"WWW-Authenticate": challenge})


def forbidden(detail: str) -> Problem:
    """Make the problem of a token that is good for something else."""
    return Problem(HTTPStatus.FORBIDDEN, detail)
