"""Writes the acknowledgements of many messages at once. Knows nothing of sessions."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from typing import Final

import mqtt5

from pulse_router.mqtt.unreadable import Publication

_PUBACK: Final = 0x4002
_PUBREC: Final = 0x5002


def write_acknowledgements(publications: Sequence[Publication]) -> bytes:
    """Write a PUBACK for each QoS 1 message, in order, as one piece.

    We subscribe at QoS 1, but a session may hold QoS 2 messages from an earlier subscription:
    those get a PUBREC, or they would come again for ever.
    """
    levels = [publication.qos for publication in publications]
    ids = [i for publication in publications if (i := publication.packet_id) is not None]
    words = array("H", [_PUBACK, 0]) * len(ids)
    words[1::2] = array("H", ids)
    if mqtt5.QoS.EXACTLY_ONCE in levels:
        acknowledged = [qos for qos in levels if qos != mqtt5.QoS.AT_MOST_ONCE]
        words[0::2] = array(
            "H",
            [_PUBREC if qos == mqtt5.QoS.EXACTLY_ONCE else _PUBACK for qos in acknowledged],
        )
    if sys.byteorder == "little":
        words.byteswap()
    return words.tobytes()
