"""The headers that sign a webhook, as a receiver finds them."""

from __future__ import annotations

from collections.abc import Sequence

from pulse_router.domain.secrets.signatures import Mac, signature_lines


def signature_headers(
    body: bytes, keys: Sequence[bytes], *, message_id: str, unix_seconds: int
) -> dict[str, str]:
    """Sign a body, and read the lines."""
    macs = [Mac(key) for key in keys]
    lines = signature_lines(body, macs, message_id=message_id, unix_seconds=unix_seconds)
    assert lines.endswith("\r\n")
    return dict(line.split(": ", 1) for line in lines.removesuffix("\r\n").split("\r\n"))
