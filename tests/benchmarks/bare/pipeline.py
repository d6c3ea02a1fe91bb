"""The bare pipeline: Trio, mqtt5 and COPY, and nothing else.

It decodes, validates, matches and recognises nothing, but it fills the same table with rows of the
same shape: the limit that the router is measured against. Acknowledged still means committed.
"""

from __future__ import annotations

import contextlib
import struct
import sys
from datetime import UTC, datetime

import asyncpg
import mqtt5
import trio
import trio_asyncio

COLUMNS = (
    "event_id",
    "time",
    "received_at",
    "tenant_id",
    "device_id",
    "site_id",
    "msg_type",
    "metrics",
)
RECEIVE_SIZE = 262_144


async def main(port: int, url: str, receive_maximum: int) -> None:
    """Subscribe and store until killed."""
    async with trio_asyncio.open_loop():
        connection = await trio_asyncio.aio_as_trio(asyncpg.connect)(url)
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        await stream.send_all(
            mqtt5.ConnectPacket(
                "bare", clean_start=True, receive_max=receive_maximum, keep_alive=0
            ).write()
            + mqtt5.SubscribePacket(
                1, [mqtt5.TopicFilter("tenant/+/device/+/+", max_qos=mqtt5.QoS.AT_LEAST_ONCE)]
            ).write()
        )
        send, receive = trio.open_memory_channel[list[mqtt5.PublishPacket]](4)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(read, stream, send)
            nursery.start_soon(write, stream, connection, receive)


async def read(
    stream: trio.SocketStream, out: trio.MemorySendChannel[list[mqtt5.PublishPacket]]
) -> None:
    """Hand on what each read of the socket brings."""
    buffer = b""
    while True:
        buffer += await stream.receive_some(RECEIVE_SIZE)
        view, at, packets = memoryview(buffer), 0, []
        while True:
            try:
                packet, size = mqtt5.read(view[at:])
            except IndexError:
                break
            at += size
            if isinstance(packet, mqtt5.PublishPacket):
                packets.append(packet)
            elif isinstance(packet, mqtt5.SubAckPacket):
                print("ready", flush=True)
        buffer = buffer[at:]
        if packets:
            await out.send(packets)


async def write(
    stream: trio.SocketStream,
    connection: asyncpg.Connection,
    inbox: trio.MemoryReceiveChannel[list[mqtt5.PublishPacket]],
) -> None:
    """Store what has gathered, then acknowledge it."""
    copy = trio_asyncio.aio_as_trio(connection.copy_records_to_table)
    async for first in inbox:
        packets = list(first)
        with contextlib.suppress(trio.WouldBlock):
            while True:
                packets += inbox.receive_nowait()
        now = datetime.now(UTC)
        records = [
            (at, now, now, "TENANT1", p.topic, "SITE-1", "telemetry", p.payload.decode())
            for at, p in enumerate(packets)
        ]
        await copy("telemetry", columns=COLUMNS, records=records)
        await stream.send_all(b"".join(struct.pack(">BBH", 0x40, 2, p.packet_id) for p in packets))


if __name__ == "__main__":
    trio.run(main, int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
