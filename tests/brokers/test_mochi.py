"""The client with a broker that is not mosquitto."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
import trio

from tests.support.mqtt.receiver import numbered, publish, receiver_for, session_of
from tests.support.servers.mosquitto import TestBroker
from tests.support.servers.second_broker import running_second_broker
from tests.support.waiting import wait_until


@pytest.fixture
def broker() -> Iterator[TestBroker]:
    with running_second_broker() as running:
        yield running


async def test_messages_come_in_order_and_are_acknowledged(broker: TestBroker) -> None:
    async with session_of(broker) as receiver:
        await publish(broker, numbered(0, 500))
        await receiver.got(500)
        assert receiver.payloads == numbered(0, 500)
    async with session_of(broker) as receiver:
        await publish(broker, [b"last"])
        await receiver.got(1)
        assert receiver.payloads == [b"last"], "nothing that was acknowledged comes again"


async def test_what_is_not_acknowledged_comes_again_with_dup(broker: TestBroker) -> None:
    """In no order, and some of it more than once."""
    async with receiver_for(broker, acknowledges=False) as receiver:
        await receiver.subscribed()
        await publish(broker, numbered(0, 20))
        await receiver.got(20)
        ids = {one.payload: one.packet_id for one in receiver.publications}
    async with session_of(broker) as receiver:
        await wait_until(lambda: set(receiver.payloads) == set(numbered(0, 20)))
        assert {one.payload: one.packet_id for one in receiver.publications} == ids
        assert all(one.duplicate for one in receiver.publications)


async def test_no_more_than_the_receive_maximum_is_unacknowledged(broker: TestBroker) -> None:
    async with receiver_for(broker, acknowledges=False, receive_maximum=10) as receiver:
        await receiver.subscribed()
        await publish(broker, numbered(0, 50))
        await receiver.got(10)
        await trio.sleep(0.3)
        assert len(receiver.publications) == 10
        receiver.acknowledges = True
        for arrival in receiver.unacknowledged:
            arrival.acknowledge()
        # Of those that had no room it sends one for each packet that it reads, and forgets them.
        await receiver.got(11)


async def test_a_shared_subscription_is_shared(broker: TestBroker) -> None:
    async with (
        session_of(broker, client_id="one", share_group="g") as one,
        session_of(broker, client_id="two", share_group="g") as two,
    ):
        await publish(broker, numbered(0, 200))
        await wait_until(lambda: len(one.publications) + len(two.publications) >= 200)
        await trio.sleep(0.3)
        assert Counter(one.payloads + two.payloads) == Counter(numbered(0, 200))
        assert one.publications
        assert two.publications


async def test_what_was_published_in_our_absence_is_kept(broker: TestBroker) -> None:
    async with session_of(broker):
        pass
    await publish(broker, numbered(0, 100))
    async with session_of(broker) as receiver:
        await wait_until(lambda: set(receiver.payloads) == set(numbered(0, 100)))
        assert receiver.client.sessions_lost == 0


async def test_a_session_outlives_a_kill_of_the_broker(broker: TestBroker) -> None:
    """With nothing in flight: it stores messages without their ids, and then fails at resending."""
    async with session_of(broker) as receiver:
        await trio.to_thread.run_sync(broker.kill)
        await receiver.troubled()
        await trio.to_thread.run_sync(broker.start)
        await receiver.subscribed()
        assert receiver.client.sessions_lost == 0
        await publish(broker, numbered(0, 10))
        await receiver.got(10)
