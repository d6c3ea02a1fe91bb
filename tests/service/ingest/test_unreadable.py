"""PUBLISH packets whose text no codec reads, from the broker's line to the list of refusals."""

from __future__ import annotations

import trio

from tests.support.commands.router import World
from tests.support.endurance.books import assert_books_balance, assert_router_says_so
from tests.support.mqtt.bare_broker import BareBroker
from tests.support.mqtt.broker_session import Letter
from tests.support.mqtt.fleet import payload, stored_numbers
from tests.support.waiting import wait_until

CLIENT_ID = "pulse-router"
NO_TOPIC = b"tenant/TENANT1/device/DEV-\xff\xfe/telemetry"
NO_PROPERTY = b"\x0a\x26\x00\x02\xff\xfe\x00\x03abc"
GOOD = 200


async def test_messages_that_cannot_be_read_are_refused_and_hold_nobody_up(world: World) -> None:
    broker = BareBroker()
    async with trio.open_nursery() as nursery:
        await nursery.start(broker.serve)
        world.router.environment["PULSE_MQTT_PORT"] = str(broker.port)
        await world.router.start_and_wait()
        session = broker.sessions[CLIENT_ID]
        topic = world.topic().encode()
        for number in range(GOOD):
            if number % 10 == 0:
                broker.publish(Letter(-1, NO_TOPIC, b"\0" + payload(-1)))
                broker.publish(Letter(-1, topic, NO_PROPERTY + payload(-1)))
            broker.publish(Letter(number, topic, b"\0" + payload(number)))
        await wait_until(lambda: not session.letters)
        assert broker.is_connected(CLIENT_ID)
        assert broker.connects[CLIENT_ID] == 1, "nothing has ended the connection"
        await assert_router_says_so(world)
        books = assert_books_balance(world)
        assert set(stored_numbers(world)) == set(range(GOOD))
        assert (books["stored"], books["rejected"]) == (GOOD, GOOD // 5)
        reasons = world.rows("SELECT reason, count(*) FROM rejected_messages GROUP BY 1")
        assert reasons == [["BAD_TOPIC", str(GOOD // 5)]]
        metrics = world.router.get("/metrics")
        assert metrics is not None
        assert f'reason="BAD_TOPIC"}} {GOOD // 5}.0' in metrics.text
        await trio.to_thread.run_sync(world.router.stop)
        nursery.cancel_scope.cancel()
    assert "panicked" not in world.router.text
    assert "Traceback" not in world.router.text
