"""What it means when the codec cannot read a packet: it is incomplete, or it is malformed.

Knows the fixed header and the codec's ways of failing, and no protocol state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Final, SupportsInt

import mqtt5

from pulse_router.mqtt.options import ClientOptions

FIRST_FAILURE: Final = 128
"""Compare with int(code): the codec's enums are typed as IntEnum, but are no integers."""

MQTT_3_REFUSES_THE_VERSION: Final = bytes([0x20, 2, 0, 1])
_OTHER_PROTOCOLS: Final[Mapping[bytes, str]] = {
    b"\x15\x03": "it speaks TLS there; set mqtt.tls",
    b"HTTP/": "it speaks HTTP there; check mqtt.port and mqtt.transport",
}
PACKET_ID_IN_USE: Final = 0x91
"""mochi says so of a SUBSCRIBE with the id of a message that it has sent itself; with another id it
is taken."""
_CONTINUES: Final = 0x80
_MAX_LENGTH_BYTES: Final = 4
_PUBACK: Final = 0x40
_PUBREC: Final = 0x50


class MalformedPacket(Exception):
    """The stream cannot be read on.

    Args:
        reason_code: What to tell the broker (MQTT 5.0, section 3.14.2.1).
        message: What is wrong, in a few words.
    """

    def __init__(self, reason_code: mqtt5.DisconnectReasonCode, message: str) -> None:
        super().__init__(message)
        self.reason_code = reason_code


class UnreadableText(ValueError):
    """A PUBLISH has text that is not UTF-8; raised in the codec's place."""


class CodecVerdict:
    """Holds back what `mqtt5.read` raises inside the `with`; every other exception passes.

    A context manager, as `except BaseException` would be needed otherwise: should the codec panic,
    pyo3's PanicException derives from BaseException and cannot be imported. On text that is not
    UTF-8 it would, so that it is not given any (`text.py`).

    Attributes:
        error: What the codec raised, or None.
    """

    __slots__ = ("error",)

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def __enter__(self) -> None:
        """Begin to read."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        """Keep the codec's error; the codec has no frame of its own in a traceback."""
        if kind is UnreadableText:
            self.error = error
            return True
        if kind is None or traceback is None or traceback.tb_next is not None:
            return False
        panicked = kind.__module__ == "pyo3_runtime" and kind.__name__ == "PanicException"
        if not panicked and not issubclass(kind, ValueError | IndexError):
            return False
        self.error = error
        return True


def bytes_needed(head: memoryview, max_packet_bytes: int, error: BaseException) -> int:
    """Say what to do after `mqtt5.read(head)` has failed.

    The verdict depends on the fixed header and, once the packet is complete, on its bytes: never
    on where the stream was cut.

    Args:
        head: The buffer from the packet's first byte on.
        max_packet_bytes: The largest packet that is taken.
        error: What the codec raised.

    Returns:
        How many bytes the packet needs at least, when it is incomplete.

    Raises:
        MalformedPacket: It is not a packet, or larger than allowed.
    """
    size = frame_size(head)
    if size is None:
        return len(head) + 1
    check_size(size, max_packet_bytes)
    if size > len(head):
        return size
    raise MalformedPacket(
        mqtt5.DisconnectReasonCode.MALFORMED_PACKET,
        f"a packet of type {head[0] >> 4} is malformed ({error})",
    ) from error


def other_protocol(data: bytes) -> str | None:
    """Say what speaks there instead of MQTT, by its first bytes, with the remedy."""
    found = (words for start, words in _OTHER_PROTOCOLS.items() if data.startswith(start))
    return next(found, None)


def read_refusal(head: memoryview) -> tuple[int, int, int] | None:
    """Read a refusal of one of our messages by a reason code that the codec does not know.

    mosquitto says 0x95, packet too large, in a PUBACK, where MQTT 5 has no such code.

    Args:
        head: The buffer from the first byte on of a packet that the codec cannot read.

    Returns:
        Its packet id, reason code and size; None when it is something else.
    """
    if head[0] not in {_PUBACK, _PUBREC} or (size := frame_size(head)) is None:
        return None
    at = 1
    while head[at] & _CONTINUES:
        at += 1
    packet_id, code = head[at + 1 : at + 3], head[at + 3 : at + 4]
    if len(head) < size or size < at + 4 or code[0] < FIRST_FAILURE:
        return None
    return int.from_bytes(packet_id, "big"), code[0], size


def check_size(size: int, max_packet_bytes: int) -> None:
    """Check a packet against the Maximum Packet Size that was announced.

    Raises:
        MalformedPacket: It is larger.
    """
    if size > max_packet_bytes:
        raise MalformedPacket(
            mqtt5.DisconnectReasonCode.PACKET_TOO_LARGE,
            f"a packet of {size} bytes is larger than the {max_packet_bytes} that were announced",
        )


def frame_size(head: memoryview) -> int | None:
    """Work out a packet's whole size from its fixed header.

    Returns:
        The size in bytes, or None when the header is incomplete.

    Raises:
        MalformedPacket: The remaining length has more than four bytes.
    """
    try:
        remaining, at = read_length(head, 1)
    except IndexError:
        return None
    return at + remaining


def read_length(data: memoryview, at: int) -> tuple[int, int]:
    """Read a variable byte integer (MQTT 5.0, section 1.5.5).

    Args:
        data: Where it stands.
        at: Where it begins.

    Returns:
        The integer, and where it ends.

    Raises:
        IndexError: It is incomplete.
        MalformedPacket: It has more than four bytes.
    """
    length = 0
    for index in range(_MAX_LENGTH_BYTES):
        byte = data[at + index]
        length |= (byte & ~_CONTINUES) << (7 * index)
        if not byte & _CONTINUES:
            return length, at + index + 1
    raise MalformedPacket(
        mqtt5.DisconnectReasonCode.MALFORMED_PACKET, "a remaining length has more than four bytes"
    )


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


def write_subscribe(packet_id: int, topic_filters: Sequence[str]) -> bytes:
    """Write a SUBSCRIBE at QoS 1, for what others publish."""
    filters = [
        mqtt5.TopicFilter(
            pattern,
            max_qos=mqtt5.QoS.AT_LEAST_ONCE,
            no_local=not pattern.startswith("$share/"),  # MQTT-3.8.3-4
            retain_as_published=False,
            retain_handling=mqtt5.RetainHandling.SEND_IF_SUBSCRIPTION_NOT_EXISTS,
        )
        for pattern in topic_filters
    ]
    return mqtt5.SubscribePacket(packet_id, filters).write()


def answers_to(
    filters: Sequence[str], codes: Sequence[SupportsInt], packet: str
) -> Sequence[tuple[str, int]]:
    """Pair filters with the reason codes of the packet that answers them.

    Raises:
        MalformedPacket: There are not as many.
    """
    if len(codes) != len(filters):
        raise violation(f"{packet} answers {len(codes)} filters instead of {len(filters)}")
    return [(pattern, int(code)) for pattern, code in zip(filters, codes, strict=True)]


def violation(message: str) -> MalformedPacket:
    """Make the error of a packet that is well formed and may not be sent."""
    return MalformedPacket(mqtt5.DisconnectReasonCode.PROTOCOL_ERROR, message)


def unexpected(kind: type[mqtt5.Packet]) -> MalformedPacket:
    """Make the error of a packet that may be sent, but not now."""
    name = kind.__name__.removesuffix("Packet").upper()
    return violation(f"{name} is not expected here")


def aliased() -> MalformedPacket:
    """Make the error of a PUBLISH with a topic alias."""
    return MalformedPacket(
        mqtt5.DisconnectReasonCode.TOPIC_ALIAS_INVALID,
        "PUBLISH has a topic alias; none was allowed",
    )
