"""What the broker tells of messages that it has dropped, of whatever client. No I/O.

It is asked on the connection that brings the messages, when all is subscribed to that matters. Some
brokers end the connection of whoever asks for what they forbid: they are not asked again.
"""

from __future__ import annotations

import re
from typing import Final

import mqtt5

from pulse_router.mqtt.events import AnsweredDrops, Received, ToldDrops

TOPIC: Final = "$SYS/broker/publish/messages/dropped"
"""Where mosquitto, and who follows it, tells it."""
ANSWERED: Final = AnsweredDrops()
IN_BYTES: Final = TOPIC.encode()
STRIKES: Final = 2
"""So many connections in a row that end while it is asked are no accident."""
_TOTAL: Final = re.compile(rb"[0-9]{1,18}")


def write_question(packet_id: int) -> bytes:
    """Write the SUBSCRIBE: at QoS 0, and what is known already comes at once."""
    wanted = mqtt5.TopicFilter(
        TOPIC,
        max_qos=mqtt5.QoS.AT_MOST_ONCE,
        retain_handling=mqtt5.RetainHandling.SEND_ALWAYS,
    )
    return mqtt5.SubscribePacket(packet_id, [wanted]).write()


def take_out(received: Received) -> None:
    """Take what the broker tells of itself out of the messages of devices."""
    told = [one.payload for one in received.publications if one.topic == TOPIC]
    if told:
        received.publications = [one for one in received.publications if one.topic != TOPIC]
        totals = [ToldDrops(int(total)) for total in told if _TOTAL.fullmatch(total)]
        received.events[:0] = totals


class BrokerDrops:
    """Counts from connection to connection.

    Attributes:
        risen: How many it has dropped since we connected; None where it does not tell.
    """

    def __init__(self) -> None:
        self.risen: int | None = None
        self._first: int | None = None
        self._is_asking = False
        self._strikes = 0

    @property
    def may_be_asked(self) -> bool:
        """Whether asking has not cost connections."""
        return self._strikes < STRIKES

    def asked(self) -> None:
        """Note that the question is on its way."""
        self._is_asking = True

    def answered(self) -> None:
        """Note that it was answered, either way."""
        self._is_asking = False
        self._strikes = 0

    def told(self, total: int) -> None:
        """Note what the broker has dropped since its start."""
        if self._first is None or total < self._first:
            self._first = total
        self.risen = total - self._first

    def ended(self) -> None:
        """Note that the connection has ended."""
        self._strikes += self._is_asking
        self._is_asking = False
        self._first = self.risen = None
