"""What a device has measured, as `/api/v2/ws` pushes it; made of what is encoded already."""

from __future__ import annotations

from typing import Final

import msgspec

from pulse_router.streaming.encoding import EncodedEvent


class _Telemetry(msgspec.Struct):
    """What of an event is sent there."""

    device_id: str
    timestamp: msgspec.Raw
    metrics: msgspec.Raw


_decode_event: Final = msgspec.json.Decoder(_Telemetry).decode


def pushed(event: EncodedEvent) -> str:
    """Write an event as it is pushed."""
    part = _decode_event(event.text)
    data = {"timestamp": part.timestamp, "metrics": part.metrics}
    message = {"type": "telemetry", "device_id": part.device_id, "data": data}
    return msgspec.json.encode(message).decode()
