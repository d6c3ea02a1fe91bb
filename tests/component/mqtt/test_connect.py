"""What we ask of a broker, and what of it is granted."""

from __future__ import annotations

import mqtt5
import pytest

from pulse_router.mqtt.events import EndedBy, Opened, Subscribed, Unsubscribed
from pulse_router.mqtt.session import Session
from tests.support.mqtt.session import (
    CONNACK,
    GRANTED,
    QOS_1,
    end_of,
    hear,
    options,
    suback,
    subscribed_session,
)


def test_what_is_granted_at_qos_0_only_is_named() -> None:
    at_most_once = mqtt5.SubAckReasonCode.GRANTED_QOS_AT_MOST_ONCE
    _, events, _ = hear(subscribed_session(), [CONNACK + suback(1, GRANTED, at_most_once)])
    assert events[-1] == Subscribed(("b/#",))


def test_what_a_broker_does_not_give_up_is_named() -> None:
    refusal = mqtt5.UnsubAckReasonCode.NOT_AUTHORIZED
    unsuback = mqtt5.UnsubAckPacket(2, [refusal]).write()
    _, events, _ = hear(subscribed_session(), [CONNACK + unsuback])
    assert events[-1] == Unsubscribed(("c",))
    too_many = mqtt5.UnsubAckPacket(2, [refusal, refusal]).write()
    assert end_of(CONNACK + too_many).by is EndedBy.PROTOCOL_ERROR


@pytest.mark.parametrize(("asked", "agreed"), [(None, 30), (0, 30), (5, 5), (300, 30)])
def test_the_shorter_keep_alive_is_agreed_on(asked: int | None, agreed: int) -> None:
    connack = mqtt5.ConnAckPacket(server_keep_alive=asked).write()
    (opened,) = Session(options()).receive(connack).events
    assert isinstance(opened, Opened)
    assert opened.keep_alive_seconds == agreed


def read(data: bytes) -> mqtt5.Packet:
    packet, size = mqtt5.read(memoryview(data))
    assert size == len(data)
    return packet


def test_connect_asks_for_the_old_session_and_announces_our_bounds() -> None:
    asked = options(username="u", password="p", receive_maximum=77, session_expiry_seconds=99)
    connect = read(Session(asked).connect())
    assert isinstance(connect, mqtt5.ConnectPacket)
    assert not connect.clean_start
    assert (connect.client_id, connect.username, connect.password) == ("router", "u", b"p")
    assert (connect.receive_max, connect.max_packet_size) == (77, 1000)
    assert (connect.session_expiry_interval, connect.keep_alive) == (99, 30)


def test_subscriptions_are_at_qos_1_and_spare_us_our_own_and_known_retained_messages() -> None:
    subscribe = read(Session(options()).subscribe(["a/+", "$share/g/a/+"]))
    assert isinstance(subscribe, mqtt5.SubscribePacket)
    plain, shared = subscribe.topic_filters
    assert (plain.no_local, shared.no_local) == (True, False)
    for one in (plain, shared):
        assert one.max_qos == QOS_1
        assert one.retain_handling == mqtt5.RetainHandling.SEND_IF_SUBSCRIPTION_NOT_EXISTS
        assert not one.retain_as_published


def test_a_shared_subscription_replaces_the_plain_one() -> None:
    shared = options(share_group="edge", former_topics=["old/#", "a/+"])
    assert shared.subscriptions == ["$share/edge/a/+", "$share/edge/b/#"]
    assert shared.stale_subscriptions == ["old/#", "a/+", "b/#"]
    assert options(former_topics=["a/+", "old/#"]).stale_subscriptions == ["old/#"]


def test_the_password_is_in_no_repr() -> None:
    assert "hunter2" not in repr(options(password="hunter2"))
