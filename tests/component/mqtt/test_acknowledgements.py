"""Acknowledgements of many messages as one piece."""

from __future__ import annotations

import mqtt5
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.mqtt.acknowledgements import write_acknowledgements

LEVELS = [mqtt5.QoS.AT_MOST_ONCE, mqtt5.QoS.AT_LEAST_ONCE, mqtt5.QoS.EXACTLY_ONCE]


@given(st.lists(st.tuples(st.sampled_from(LEVELS), st.integers(1, 65_535)), max_size=50))
def test_each_message_is_acknowledged_as_its_level_demands_in_order(
    messages: list[tuple[mqtt5.QoS, int]],
) -> None:
    publications = []
    expected = b""
    for qos, packet_id in messages:
        if qos == mqtt5.QoS.AT_MOST_ONCE:
            publications.append(mqtt5.PublishPacket("t", b""))
            continue
        publications.append(mqtt5.PublishPacket("t", b"", qos=qos, packet_id=packet_id))
        first = qos == mqtt5.QoS.AT_LEAST_ONCE
        ack = mqtt5.PubAckPacket(packet_id) if first else mqtt5.PubRecPacket(packet_id)
        expected += ack.write()
    assert write_acknowledgements(publications) == expected
