"""The first words of a connection: our CONNECT, and what comes back if it is no MQTT 5."""

from __future__ import annotations

import mqtt5

from pulse_router.mqtt.events import EndedBy
from pulse_router.mqtt.frames import MQTT_3_REFUSES_THE_VERSION, MalformedPacket, other_protocol
from pulse_router.mqtt.options import ClientOptions


def write_connect(options: ClientOptions) -> bytes:
    """Write the CONNECT."""
    return mqtt5.ConnectPacket(
        options.client_id,
        username=options.username,
        password=None if options.password is None else options.password.encode(),
        clean_start=options.clean_start,
        keep_alive=options.keep_alive_seconds,
        session_expiry_interval=options.session_expiry_seconds,
        receive_max=options.receive_maximum,
        max_packet_size=options.max_packet_bytes,
    ).write()


def judge_first_words(data: bytes, error: MalformedPacket) -> tuple[EndedBy, int, str | None]:
    """Judge the first bytes that were read.

    Args:
        data: They.
        error: Why they cannot be read.

    Returns:
        What the connection has ended by, its reason code, and in words what was read.
    """
    if data.startswith(MQTT_3_REFUSES_THE_VERSION):
        code = mqtt5.ConnAckReasonCode.UNSUPPORTED_PROTOCOL_VERSION
        return EndedBy.CONNECT_REFUSED, int(code), None
    if (words := other_protocol(data)) is not None:
        return EndedBy.NOT_A_BROKER, int(error.reason_code), words
    return EndedBy.PROTOCOL_ERROR, int(error.reason_code), str(error)
