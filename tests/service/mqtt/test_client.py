"""The client and a real mosquitto: redelivery, outages, take-overs, pressure, frozen brokers."""

from __future__ import annotations

import subprocess

import trio

from tests.support.mqtt.receiver import (
    TOPIC,
    numbered,
    publish,
    receiver_ends,
    receiver_for,
    session_of,
)
from tests.support.servers.frozen import frozen
from tests.support.servers.mosquitto import TestBroker
from tests.support.waiting import wait_until


async def test_acknowledged_messages_do_not_come_again(mosquitto: TestBroker) -> None:
    async with session_of(mosquitto) as receiver:
        await publish(mosquitto, numbered(0, 500))
        await receiver.got(500)
        receiver.client.disconnect()
        await receiver_ends(receiver)
    async with session_of(mosquitto) as receiver:
        await publish(mosquitto, [b"next"])
        await receiver.got(1)
        assert receiver.payloads == [b"next"]


async def test_unacknowledged_messages_come_again_in_order_and_marked(
    mosquitto: TestBroker,
) -> None:
    async with session_of(mosquitto, acknowledges=False) as receiver:
        await publish(mosquitto, numbered(0, 300))
        await receiver.got(300)
        first_ids = [publication.packet_id for publication in receiver.publications]
        receiver.unacknowledged[0].acknowledge()
        acknowledged = len(receiver.unacknowledged[0].publications)
        receiver.client.disconnect()
        await receiver_ends(receiver)
    async with receiver_for(mosquitto) as receiver:
        await receiver.got(300 - acknowledged)
        assert receiver.payloads == numbered(acknowledged, 300)
        assert all(publication.duplicate for publication in receiver.publications)
        assert [one.packet_id for one in receiver.publications] == first_ids[acknowledged:]


async def test_a_stopped_broker_is_outlasted_and_nothing_is_lost(mosquitto: TestBroker) -> None:
    async with session_of(mosquitto) as receiver:
        await publish(mosquitto, numbered(0, 100))
        await receiver.got(100)
        mosquitto.stop()
        problem = await receiver.troubled()
        assert f"localhost:{mosquitto.port}" in problem
        mosquitto.start()
        await receiver.subscribed()
        await publish(mosquitto, numbered(100, 200))
        await receiver.got(200)
        assert receiver.payloads == numbered(0, 200)
        assert receiver.client.connects == 2


async def test_messages_wait_at_the_broker_while_we_are_away(mosquitto: TestBroker) -> None:
    async with session_of(mosquitto):
        pass
    await publish(mosquitto, numbered(0, 2000))
    async with receiver_for(mosquitto) as receiver:
        await receiver.got(2000)
        assert receiver.payloads == numbered(0, 2000)


async def test_a_killed_broker_is_outlasted(mosquitto: TestBroker) -> None:
    async with session_of(mosquitto) as receiver:
        mosquitto.kill()
        await receiver.troubled()
        mosquitto.start()
        await receiver.subscribed()
        await publish(mosquitto, [b"after"])
        await wait_until(lambda: b"after" in receiver.payloads)


async def test_an_address_where_nobody_listens_is_told(mosquitto: TestBroker) -> None:
    mosquitto.stop()
    async with receiver_for(mosquitto) as receiver:
        problem = await receiver.troubled()
        assert problem == (
            f"cannot connect to the MQTT broker at localhost:{mosquitto.port}: connection refused"
        )


async def test_a_host_that_does_not_exist_is_told(mosquitto: TestBroker) -> None:
    async with receiver_for(mosquitto, host="broker.invalid") as receiver:
        problem = await receiver.troubled()
        assert problem.startswith(
            f"cannot connect to the MQTT broker at broker.invalid:{mosquitto.port}: "
        )


async def test_a_session_that_is_taken_over_is_told_and_fought_for_ever_more_slowly(
    mosquitto: TestBroker,
) -> None:
    async with session_of(mosquitto) as first, receiver_for(mosquitto) as second:
        problem = await first.troubled()
        assert "another client uses the client id 'router'" in problem
        await second.troubled()
        await wait_until(lambda: first.client.connects + second.client.connects >= 4)


async def test_a_shared_subscription_splits_the_messages(mosquitto: TestBroker) -> None:
    async with (
        session_of(mosquitto, client_id="one", share_group="edge") as one,
        session_of(mosquitto, client_id="two", share_group="edge") as two,
    ):
        await publish(mosquitto, numbered(0, 100))
        await wait_until(lambda: len(one.publications) + len(two.publications) >= 100)
        assert sorted(one.payloads + two.payloads) == sorted(numbered(0, 100))
        assert one.publications
        assert two.publications


async def test_changing_to_a_shared_subscription_does_not_double_messages(
    mosquitto: TestBroker,
) -> None:
    async with session_of(mosquitto):
        pass
    async with session_of(mosquitto, share_group="edge") as receiver:
        await publish(mosquitto, numbered(0, 50))
        await receiver.got(50)
        await publish(mosquitto, [b"last"])
        await wait_until(lambda: b"last" in receiver.payloads)
        assert receiver.payloads.count(b"last") == 1
        assert len(receiver.payloads) == 51


async def test_retained_messages_come_once_not_at_every_reconnect(mosquitto: TestBroker) -> None:
    port = str(mosquitto.port)
    await trio.run_process(
        ["mosquitto_pub", "-p", port, "-q", "1", "-r", "-t", TOPIC, "-m", "kept"],
        stdin=subprocess.DEVNULL,
    )
    async with session_of(mosquitto) as receiver:
        await receiver.got(1)
        assert receiver.publications[0].retain
    async with session_of(mosquitto) as receiver:
        await publish(mosquitto, [b"live"])
        await receiver.got(1)
        assert receiver.payloads == [b"live"]


async def test_a_consumer_that_stands_still_bounds_what_is_in_hand_and_stays_connected(
    mosquitto: TestBroker,
) -> None:
    budget = 200_000
    async with session_of(
        mosquitto,
        acknowledges=False,
        keep_alive_seconds=1,
        ping_timeout_seconds=1,
        patience_seconds=1,
        max_bytes_in_hand=budget,
    ) as receiver:
        await publish(mosquitto, [bytes(1000)] * 3000)
        await wait_until(lambda: receiver.client.bytes_in_hand >= budget)
        # mosquitto cuts a client off after 1.5 times its keep alive; this is several times that.
        await trio.sleep(6)
        assert receiver.client.bytes_in_hand < budget + 262_144 + 1_048_576
        assert receiver.states == [None]
        assert receiver.client.connects == 1
        receiver.acknowledges = True
        for arrival in receiver.unacknowledged:
            arrival.acknowledge()
        await receiver.got(3000)
        assert receiver.client.bytes_in_hand == 0
        assert receiver.client.connects == 1


async def test_a_frozen_broker_is_noticed_by_its_missing_answer(mosquitto: TestBroker) -> None:
    async with session_of(
        mosquitto, keep_alive_seconds=1, ping_timeout_seconds=0.5, connect_timeout_seconds=1
    ) as receiver:
        with frozen(mosquitto.pid):
            problem = await receiver.troubled()
            assert problem.endswith("is lost: the broker has stopped answering")
            await wait_until(lambda: "handshake" in str(receiver.states[-1]))
        await receiver.subscribed()
        await publish(mosquitto, [b"after"])
        await receiver.got(1)


async def test_stopping_under_load_acknowledges_all_that_was_taken(mosquitto: TestBroker) -> None:
    async with session_of(mosquitto, acknowledges=False, receive_maximum=300) as receiver:
        await publish(mosquitto, numbered(0, 3000))
        await receiver.got(300)
        receiver.client.stop_reading()
        await receiver_ends(receiver)
        taken = list(receiver.payloads)
        for arrival in receiver.unacknowledged:
            arrival.acknowledge()
        receiver.client.disconnect()
        await wait_until(lambda: receiver.client._line.connection is None)
    async with receiver_for(mosquitto) as rest:
        await rest.got(3000 - len(taken))
        assert taken + rest.payloads == numbered(0, 3000)
