"""Pressure that lasts: QoS 0 is dropped and counted, QoS 1 never, and all of it is bounded."""

from __future__ import annotations

import mqtt5
import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from pulse_router.mqtt.arrivals import Arrival
from pulse_router.mqtt.inbox import EXTRA_MESSAGE_BYTES, Inbox
from tests.support.mqtt.peer import ids, publish, running_client

PATIENCE_SECONDS = 5.0
SILENCE_SECONDS = 70.0
"""The keep alive and what is granted beyond it."""
ONE_READ = 600
CLOSES, SAYS_FAREWELL, FALLS_SILENT = "closes", "says farewell", "falls silent"
SHUTTING_DOWN = mqtt5.DisconnectReasonCode.SERVER_SHUTTING_DOWN


async def test_pressure_that_passes_costs_nothing(autojump_clock: MockClock) -> None:
    async with running_client(receive_maximum=2) as running:
        peer = await running.broker.accept()
        await peer.send(publish(None), publish(None))
        arrival = await running.take(None, None)
        await peer.send(publish(None), publish(3))
        await trio.sleep(PATIENCE_SECONDS - 0.5)
        assert running.client.messages == 2
        arrival.acknowledge()
        later = await running.take(None, 3)
        assert later.dropped == running.client.dropped == 0


async def test_pressure_that_lasts_costs_qos_0_only_and_counts_it(
    autojump_clock: MockClock,
) -> None:
    async with running_client(receive_maximum=4) as running:
        peer = await running.broker.accept()
        await peer.send(*[publish(None)] * 4)
        arrival = await running.take(None, None, None, None)
        await trio.sleep(PATIENCE_SECONDS)
        await peer.send(publish(None), publish(1), publish(None), publish(None), publish(2))
        later = await running.take(1, 2)
        assert later.dropped == running.client.dropped == 3
        assert running.client.messages_in_hand == 6
        arrival.acknowledge()
        later.acknowledge()
        await running.settle()
        await peer.send(publish(None))
        assert (await running.take(None)).dropped == 0
        await peer.expect_acknowledgements(1, 2)


async def test_what_was_dropped_is_told_though_nothing_comes_after_it(
    autojump_clock: MockClock,
) -> None:
    async with running_client(receive_maximum=1) as running:
        peer = await running.broker.accept()
        await peer.send(publish(None))
        first = await running.take(None)
        for _ in range(50):
            await peer.send(publish(None))
            await trio.sleep(1)
        first.acknowledge()
        told = 0
        with trio.move_on_after(1):
            while True:
                arrival = await running.take()
                told += arrival.dropped
                arrival.acknowledge()
        assert told == running.client.dropped
        assert told + running.client.messages == 51


async def test_a_stalled_consumer_gets_all_that_the_budget_holds(autojump_clock: MockClock) -> None:
    async with running_client(capacity=0, receive_maximum=10) as running:
        peer = await running.broker.accept()
        for _ in range(15):
            await peer.send(publish(None))
            await trio.sleep(1)
        taken = dropped = 0
        with trio.move_on_after(1):
            while True:
                arrival = await running.next_arrival()
                taken += len(arrival.publications)
                dropped += arrival.dropped
                arrival.acknowledge()
        assert (taken, dropped) == (10, 5)


@pytest.mark.parametrize("is_qos_1", [False, True])
@pytest.mark.parametrize(
    ("end", "told"),
    [
        (CLOSES, "the broker has closed it"),
        (SAYS_FAREWELL, "it is shutting down"),
        (FALLS_SILENT, "the broker has stopped answering"),
    ],
)
async def test_a_broker_that_goes_is_noticed_though_one_read_brought_far_more_than_the_maximum(
    autojump_clock: MockClock, end: str, told: str, *, is_qos_1: bool
) -> None:
    async with running_client(receive_maximum=10) as running:
        peer = await running.broker.accept()
        await peer.send(*(publish(n if is_qos_1 else None) for n in range(1, ONE_READ + 1)))
        await running.settle()
        assert running.client.messages_in_hand == ONE_READ
        if end == CLOSES:
            await peer.close()
        elif end == SAYS_FAREWELL:
            await peer.send(mqtt5.DisconnectPacket(reason_code=SHUTTING_DOWN).write())
        with trio.fail_after(PATIENCE_SECONDS + SILENCE_SECONDS + 15):
            await running.broker.accept()
        assert any(told in state for state in running.states if state is not None)


async def test_a_flood_after_one_read_of_far_more_than_the_maximum_is_dropped_and_counted(
    autojump_clock: MockClock,
) -> None:
    async with running_client(receive_maximum=10) as running:
        peer = await running.broker.accept()
        await peer.send(*[publish(None)] * ONE_READ)
        await trio.sleep(PATIENCE_SECONDS + 1)
        for packet_id in range(1, 11):
            await peer.send(*[publish(None)] * 50, publish(packet_id))
            await running.settle()
        assert running.client.dropped == 500
        assert running.client.messages_in_hand == ONE_READ + 10
        (await running.take(*[None] * ONE_READ)).acknowledge()
        for packet_id in range(1, 11):
            (await running.take(packet_id)).acknowledge()
        await peer.expect_acknowledgements(*range(1, 11))


async def test_each_line_that_breaks_is_noticed_though_each_brings_what_is_in_hand_again(
    autojump_clock: MockClock,
) -> None:
    async with running_client(receive_maximum=10) as running:
        for line in range(5):
            with trio.fail_after(PATIENCE_SECONDS + 15):
                peer = await running.broker.accept(session_present=line > 0)
            await peer.send(*map(publish, range(1, 11)))
            await running.settle()
            await peer.close()


async def test_a_broker_that_heeds_no_bound_is_read_until_memory_is_used_up_and_loses_nothing(
    autojump_clock: MockClock,
) -> None:
    last = 100
    async with running_client(
        receive_maximum=4, max_bytes_in_hand=20 * EXTRA_MESSAGE_BYTES, capacity=last
    ) as running:
        peer = await running.broker.accept()
        await peer.send(*map(publish, range(1, 5)))
        await trio.sleep(PATIENCE_SECONDS + 1)
        for packet_id in range(5, last + 1):
            await peer.send(publish(packet_id))
            await running.settle()
        assert running.client.messages_in_hand == 2 * 4 + 20
        taken: list[int | None] = []
        while len(taken) < last:
            arrival = await running.next_arrival()
            taken += ids(arrival)
            arrival.acknowledge()
        assert taken == list(range(1, last + 1))
        await peer.expect_acknowledgements(*range(1, last + 1))
        assert running.client.dropped == 0


class Deaf:
    """A connection whose acknowledgements nobody wants."""

    written = known = 0

    def acknowledge(self, _publications: object, _number: int) -> None:
        """Do nothing."""


READS = st.lists(
    st.tuples(
        st.lists(st.booleans(), min_size=1, max_size=6),  # one read: which messages are QoS 1
        st.integers(0, 3),  # how many arrivals the consumer takes after it
        st.integers(0, 3),  # how many it acknowledges
    ),
    max_size=30,
)


@given(READS, st.integers(1, 10), st.integers(0, 3))
def test_every_message_is_taken_or_counted_as_dropped_and_qos_1_is_always_taken(
    reads: list[tuple[list[bool], int, int]], maximum: int, capacity: int
) -> None:
    async def play() -> None:
        send, receive = trio.open_memory_channel[Arrival](capacity)
        inbox = Inbox(
            send, max_messages_in_hand=maximum, max_bytes_in_hand=10_000, patience_seconds=0
        )
        packet = 0
        sent: list[int | None] = []
        taken: list[Arrival] = []
        unacknowledged: list[Arrival] = []

        async def consume(count: int) -> None:
            for _ in range(count):
                await trio.testing.wait_all_tasks_blocked()
                try:
                    arrival = receive.receive_nowait()
                except (trio.WouldBlock, trio.EndOfChannel):
                    return
                taken.append(arrival)
                unacknowledged.append(arrival)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(inbox.run)
            for kinds, takes, acknowledges in reads:
                read = []
                for is_qos_1 in kinds:
                    packet += 1
                    packet_id = packet if is_qos_1 else None
                    qos = mqtt5.QoS.AT_LEAST_ONCE if is_qos_1 else mqtt5.QoS.AT_MOST_ONCE
                    read.append(mqtt5.PublishPacket("t", b"", qos=qos, packet_id=packet_id))
                    sent.append(packet_id)
                inbox.take(read, 10 * len(read), Deaf())
                await consume(takes)
                for arrival in unacknowledged[:acknowledges]:
                    arrival.acknowledge()
                del unacknowledged[:acknowledges]
            inbox.close()
            await consume(1000)
        dropped = sum(arrival.dropped for arrival in taken)
        got = [packet_id for arrival in taken for packet_id in ids(arrival)]
        assert [one for one in got if one is not None] == [one for one in sent if one is not None]
        assert len(got) + dropped == len(sent)
        assert (inbox.messages, inbox.dropped) == (len(got), dropped)
        for arrival in unacknowledged:
            arrival.acknowledge()
        assert (inbox.messages_in_hand, inbox.bytes_in_hand) == (0, 0)

    trio.run(play)
