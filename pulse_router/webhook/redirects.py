"""Where an endpoint says that it has moved to: fit for an error, never followed. It does no I/O."""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

from pulse_router.domain.webhook_config import WebhookUrl

_MAX_SHOWN: Final = 200


def describe_move(url: WebhookUrl, location: bytes | None) -> str:
    """Say where somebody has to look who mends the route.

    Args:
        url: Where the request went.
        location: The answer's `Location`, if there was one.

    Returns:
        A sentence with the target, without user, password, query and fragment.
    """
    target = None if location is None else _shown(url, location.decode("utf-8", "replace").strip())
    if target is None:
        return "the endpoint has moved and does not say where to"
    return f"the endpoint has moved to {target}; write that into the route's url"


def _shown(url: WebhookUrl, location: str) -> str | None:
    path = url.target.partition("?")[0]
    try:
        parts = urlsplit(urljoin(f"{url.origin}{path}", location))
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host:
        return None
    authority = f"[{host}]" if ":" in host else host
    if port is not None:
        authority += f":{port}"
    shown = SplitResult(parts.scheme, authority, parts.path, "", "").geturl()
    return shown if len(shown) <= _MAX_SHOWN else f"{shown[: _MAX_SHOWN - 1]}…"
