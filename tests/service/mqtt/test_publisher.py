"""Publishing to a real mosquitto: what it takes over, what it refuses, and its own limits."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.mqtt.options import ClientOptions
from pulse_router.mqtt.outgoing import OutgoingMessage, Unpublishable
from pulse_router.mqtt.publisher import Publishers, open_publishers
from tests.support.mqtt.receiver import options_for, session_of
from tests.support.servers.mosquitto import TestBroker, prepared_broker

NOT_AUTHORIZED, TOO_LARGE, NO_SUBSCRIBERS = 0x87, 0x95, 0x10


@pytest.fixture
def narrow() -> Iterator[TestBroker]:
    """A broker that takes neither large nor retained messages, and none for `secret`."""
    with prepared_broker() as broker:
        broker.folder.mkdir(exist_ok=True)
        access = broker.folder / "access"
        access.write_text("topic readwrite open/#\ntopic read secret/#\n")
        access.chmod(0o644)
        broker.configure(
            f"acl_file {access}",
            "message_size_limit 2000",
            "max_packet_size 5000",
            "retain_available false",
        )
        broker.start()
        yield broker


def ours(broker: TestBroker) -> ClientOptions:
    return options_for(broker)


async def code(publisher: Publishers, topic: str, size: int = 2, **options: Any) -> int:
    message = OutgoingMessage(topic, b"x" * size, **{"qos": 1, **options})
    return (await publisher.publish(message, timeout_seconds=10)).code


async def test_each_message_is_answered_for_itself_though_the_broker_cuts_the_line_for_some(
    narrow: TestBroker,
) -> None:
    async with (
        session_of(narrow, client_id="watcher", topics=["open/#", "secret/#"]) as watcher,
        open_publishers(ours(narrow)) as publisher,
    ):
        with pytest.raises(Unpublishable, match="retains no messages"):
            await code(publisher, "open/1", retain=True)
        with pytest.raises(Unpublishable, match="the broker takes at most 5000"):
            await code(publisher, "open/1", size=6000)
        codes: dict[str, int] = {}
        tries: Counter[str] = Counter()

        async def publish(name: str, topic: str, options: dict[str, Any]) -> None:
            while name not in codes:
                tries[name] += 1
                with contextlib.suppress(Unavailable):
                    codes[name] = await code(publisher, topic, **options)

        async with trio.open_nursery() as nursery:
            for name, topic, options in [
                ("once", "open/1", {}),
                ("exactly once", "open/2", {"qos": 2}),
                ("at most once", "open/0", {"qos": 0}),
                ("unheard", "elsewhere", {}),
                ("forbidden", "secret/1", {}),
                ("forbidden, exactly once", "secret/2", {"qos": 2}),
                ("large", "open/1", {"size": 3000}),
                ("large, exactly once", "open/1", {"size": 3000, "qos": 2}),
            ]:
                nursery.start_soon(publish, name, topic, options)
        assert await code(publisher, "open/last") == 0
        await watcher.got(4)
        # Nobody says so at QoS 0; that line is lost, and the other one is not.
        assert await code(publisher, "secret/0", qos=0) == 0
        assert await code(publisher, "open/last") == 0
    assert codes == {
        "once": 0,
        "exactly once": 0,
        "at most once": 0,
        "unheard": NOT_AUTHORIZED,
        "forbidden": NOT_AUTHORIZED,
        "forbidden, exactly once": NOT_AUTHORIZED,
        "large": TOO_LARGE,
        "large, exactly once": TOO_LARGE,
    }
    # This broker cuts the line for what it refuses. That it does so is learned once.
    assert max(tries.values()) <= 2
    topics = {publication.topic for publication in watcher.publications}
    assert topics == {"open/0", "open/1", "open/2", "open/last"}


async def test_leaving_sends_what_is_queued_and_leaves_nothing_at_the_broker(
    mosquitto: TestBroker,
) -> None:
    async with session_of(mosquitto, client_id="watcher", topics=["open/#"]) as watcher:
        async with open_publishers(ours(mosquitto)) as publisher:
            assert await code(publisher, "elsewhere") == NO_SUBSCRIBERS
            async with trio.open_nursery() as nursery:
                for number in range(200):
                    nursery.start_soon(partial(code, publisher, f"open/{number}", qos=0))
        await watcher.got(200)
