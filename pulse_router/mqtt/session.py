"""The MQTT 5 session as a machine without I/O: bytes in, messages and events out.

It must not know trio, sockets or time. One machine serves one connection.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import mqtt5

from pulse_router.mqtt import broker_drops
from pulse_router.mqtt.codes import read_known
from pulse_router.mqtt.events import Ended, EndedBy, Opened, Received, Subscribed, Unsubscribed
from pulse_router.mqtt.frames import (
    FIRST_FAILURE,
    PACKET_ID_IN_USE,
    CodecVerdict,
    MalformedPacket,
    aliased,
    answers_to,
    bytes_needed,
    check_size,
    read_refusal,
    unexpected,
    write_connect,
    write_subscribe,
)
from pulse_router.mqtt.options import MAX_UINT16, ClientOptions
from pulse_router.mqtt.outgoing import Outgoing, OutgoingMessage
from pulse_router.mqtt.problems import judge_first_words
from pulse_router.mqtt.text import readable
from pulse_router.mqtt.unreadable import read_unreadable

PINGREQ: Final = mqtt5.PingReqPacket().write()
_PUBLISH: Final = 0x30
_QOS_0_OR_1: Final = 0xF4
_QOS_1: Final = 0x02  # so many bytes its packet id has, too


class Session:
    """One connection's protocol state.

    Args:
        options: Who we are and what we announce.
    """

    def __init__(self, options: ClientOptions) -> None:
        self._options = options
        self._open = False
        self._at_start = True
        self._ended = False
        self._last_packet_id = 0
        self._subscribing: dict[int, Sequence[str]] = {}
        self._unsubscribing: dict[int, Sequence[str]] = {}
        self._outgoing = Outgoing()
        self._asks_for_drops = False
        self._pieces: list[bytes] = []
        self._held = 0
        self._needed = 0

    @property
    def is_open(self) -> bool:
        """Whether the broker accepted the connection and nothing has ended it."""
        return self._open and not self._ended

    def connect(self) -> bytes:
        """Write the CONNECT that must be sent first."""
        return write_connect(self._options)

    def subscribe(self, topic_filters: Sequence[str]) -> bytes:
        """Write a SUBSCRIBE at QoS 1; its answer is `Subscribed` or `Ended`.

        Retained messages are asked for only when the subscription is new, or each reconnect
        would bring them again.
        """
        packet_id = self._next_packet_id()
        self._subscribing[packet_id] = list(topic_filters)
        return write_subscribe(packet_id, topic_filters)

    def unsubscribe(self, topic_filters: Sequence[str]) -> bytes:
        """Write an UNSUBSCRIBE; its answer is `Unsubscribed`."""
        packet_id = self._next_packet_id()
        self._unsubscribing[packet_id] = list(topic_filters)
        return mqtt5.UnsubscribePacket(packet_id, list(topic_filters)).write()

    def ask_for_drops(self) -> bytes:
        """Write the question what the broker drops; its answer is `AnsweredDrops`."""
        self._asks_for_drops = True
        packet_id = self._next_packet_id()
        self._subscribing[packet_id] = ()
        return broker_drops.write_question(packet_id)

    def publish(self, message: OutgoingMessage) -> tuple[int, bytes]:
        """Write a PUBLISH on an open session.

        Returns:
            Its packet id, under which `Confirmed` will speak of it, and the packet; 0 at QoS 0,
            which nobody confirms.

        Raises:
            Unpublishable: The broker has said that it does not take such a message.
        """
        packet_id = self._next_packet_id() if message.qos else 0
        return packet_id, self._outgoing.write(message, packet_id)

    def disconnect(self, code: int = mqtt5.DisconnectReasonCode.NORMAL_DISCONNECTION) -> bytes:
        """Write the DISCONNECT that must be sent last."""
        return mqtt5.DisconnectPacket(reason_code=mqtt5.DisconnectReasonCode(int(code))).write()

    def receive(self, data: bytes) -> Received:
        """Take the next piece of the stream, cut anywhere.

        Returns:
            What is complete now. After an `Ended`, always nothing.
        """
        received = Received()
        if self._ended:
            return received
        if self._pieces:
            self._pieces.append(data)
            self._held += len(data)
            if self._held < self._needed:
                return received
            data = b"".join(self._pieces)
            self._pieces = []
        try:
            self._parse(data, received)
        except MalformedPacket as error:
            self._give_up(data, error, received)
        if self._asks_for_drops and broker_drops.IN_BYTES in data:
            broker_drops.take_out(received)
        return received

    def _give_up(self, data: bytes, error: MalformedPacket, received: Received) -> None:
        """End for a packet that cannot be read; say so when no MQTT 5 broker can have sent it."""
        if self._at_start:
            self._end(received, *judge_first_words(data, error))
        else:
            self._end(received, EndedBy.PROTOCOL_ERROR, error.reason_code, str(error))

    def _parse(self, data: bytes, received: Received) -> None:
        view, at, end = memoryview(data), 0, len(data)
        while at < end and not self._ended:
            at, error = self._read_packets(data, at, received)
            self._at_start = self._at_start and at == 0
            if error is None:
                return
            size = self._read_by_hand(view[at:], error, received)
            if not size:
                self._needed = bytes_needed(view[at:], self._options.max_packet_bytes, error)
                self._pieces, self._held = [bytes(view[at:])], end - at
                return
            at += size

    def _read_by_hand(self, head: memoryview, error: BaseException, received: Received) -> int:
        """Read a packet that the codec has failed at; return its size, 0 when that fails too."""
        if (refusal := read_refusal(head)) is not None:
            received.events.append(self._outgoing.refuse(*refusal[:2]))
            return refusal[2]
        if (known := read_known(head, self._options.max_packet_bytes)) is not None:
            self._handle(known[0], received)
            return known[1]
        if self._open and (unreadable := read_unreadable(head, error)) is not None:
            publication, size = unreadable
            check_size(size, self._options.max_packet_bytes)
            received.publications.append(publication)
            received.publish_bytes += size
            return size
        return 0

    def _read_packets(
        self, data: bytes, at: int, received: Received
    ) -> tuple[int, BaseException | None]:
        """Read packet by packet. The hot path: nothing is called per message but the codec.

        Returns:
            Up to where, and why not to the end.
        """
        read, publish = mqtt5.read, mqtt5.PublishPacket
        limit = self._options.max_packet_bytes
        append = received.publications.append
        view, end = memoryview(data), len(data)
        verdict = CodecVerdict()
        with verdict:
            while at < end and not self._ended:
                head = view[at:]
                # Nearly all that devices publish is readable, as seen without a call: the topic is
                # ASCII, and there are no properties, or all from them on is ASCII too.
                if not (
                    (first := data[at]) & _QOS_0_OR_1 == _PUBLISH
                    and data[body := at + (2 if (low := data[at + 1]) < 128 else 3)] == 0
                    and data[body + 2 : (rest := body + 2 + data[body + 1])].isascii()
                    and (
                        data[rest := rest + (first & _QOS_1)] == 0
                        or data[
                            rest : body + (low if low < 128 else low - 128 + 128 * data[at + 2])
                        ].isascii()
                    )
                ):
                    head = readable(head, limit)
                packet, size = read(head)
                if size > limit:
                    check_size(size, limit)
                if type(packet) is publish and self._open:
                    if packet.topic_alias is not None:
                        raise aliased()
                    append(packet)
                    received.publish_bytes += size
                else:
                    self._handle(packet, received)
                at += size
        return at, verdict.error

    def _handle(self, packet: mqtt5.Packet, received: Received) -> None:
        match packet:
            case mqtt5.PubAckPacket() | mqtt5.PubRecPacket() | mqtt5.PubCompPacket():
                received.reply += self._outgoing.take(packet, received.events)
            case mqtt5.ConnAckPacket() if not self._open:
                self._opened(packet, received)
            case mqtt5.DisconnectPacket() if self._open:
                self._end(received, EndedBy.SERVER, packet.reason_code, packet.reason_str)
            case mqtt5.SubAckPacket() if packet.packet_id in self._subscribing:
                self._subscribed(packet, received)
            case mqtt5.UnsubAckPacket() if packet.packet_id in self._unsubscribing:
                self._unsubscribed(packet, received)
            case mqtt5.PubRelPacket() if self._open:
                received.reply += mqtt5.PubCompPacket(packet.packet_id).write()
            case mqtt5.PingRespPacket() if self._open:
                received.pongs += 1
            case _:
                raise unexpected(type(packet))

    def _opened(self, packet: mqtt5.ConnAckPacket, received: Received) -> None:
        if int(packet.reason_code) >= FIRST_FAILURE:
            self._end(received, EndedBy.CONNECT_REFUSED, packet.reason_code, packet.reason_str)
            return
        keep_alive = self._options.keep_alive_seconds
        if packet.server_keep_alive:
            keep_alive = min(keep_alive, packet.server_keep_alive)
        self._open = True
        opened = Opened(
            session_present=packet.session_present,
            keep_alive_seconds=keep_alive,
            receive_maximum=packet.receive_max,
            max_packet_bytes=packet.max_packet_size,
            max_qos=int(packet.max_qos),
            retain_available=packet.retain_available,
            session_expiry_seconds=packet.session_expiry_interval,
        )
        self._outgoing.limits = opened
        received.events.append(opened)

    def _subscribed(self, packet: mqtt5.SubAckPacket, received: Received) -> None:
        filters = self._subscribing.pop(packet.packet_id)
        if not filters:
            received.events.append(broker_drops.ANSWERED)
            return
        answers = answers_to(filters, packet.reason_codes, "SUBACK")
        if any(code == PACKET_ID_IN_USE for _, code in answers):
            received.reply += self.subscribe(filters)
            return
        for pattern, code in answers:
            if code >= FIRST_FAILURE:
                said = packet.reason_str
                self._end(received, EndedBy.SUBSCRIPTION_REFUSED, code, said, pattern)
                return
        received.events.append(Subscribed(tuple(pattern for pattern, code in answers if code == 0)))

    def _unsubscribed(self, packet: mqtt5.UnsubAckPacket, received: Received) -> None:
        filters = self._unsubscribing.pop(packet.packet_id)
        answers = answers_to(filters, packet.reason_codes, "UNSUBACK")
        if any(code == PACKET_ID_IN_USE for _, code in answers):
            received.reply += self.unsubscribe(filters)
            return
        kept = (pattern for pattern, code in answers if code >= FIRST_FAILURE)
        received.events.append(Unsubscribed(tuple(kept)))

    def _end(
        self,
        received: Received,
        by: EndedBy,
        code: int,
        detail: str | None = None,
        topic_filter: str = "",
    ) -> None:
        self._ended = True
        received.events.append(Ended(by, int(code), detail or "", topic_filter))

    def _next_packet_id(self) -> int:
        """Give an id that none of our packets in flight has; fewer than all are in flight."""
        taken = (self._outgoing.in_flight, self._subscribing, self._unsubscribing)
        while True:
            self._last_packet_id = self._last_packet_id % MAX_UINT16 + 1
            if not any(self._last_packet_id in ids for ids in taken):
                return self._last_packet_id
