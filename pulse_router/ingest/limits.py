"""What a message may be."""

from __future__ import annotations

import attrs


@attrs.frozen
class Limits:
    """What a message may be, and who may send it.

    Attributes:
        max_payload_bytes: How large its payload may be.
        max_metrics: How many metrics it may have.
        require_token: Whether it must carry its device's provision token.
        auto_provision: Whether an unknown device is registered by its first message.
    """

    max_payload_bytes: int = 65_536
    max_metrics: int = 200
    require_token: bool = True
    auto_provision: bool = False
