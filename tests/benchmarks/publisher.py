"""A process that floods a broker with the telemetry of many devices at QoS 1.

Written for speed, on one plain socket: it must be faster than whoever is measured behind it.
"""

from __future__ import annotations

import itertools
import json
import selectors
import socket
import sys
import time
from collections.abc import Iterator

import mqtt5

MAX_IN_FLIGHT = 4_000
DISTINCT = 40_000
BURST = 100


def payloads(count: int, token: str, poison_every: int) -> Iterator[bytes]:
    """Telemetry of a plausible size; no two of them are alike."""
    for number in range(count):
        yield json.dumps(
            {
                "ts": f"2026-02-16T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z",
                "site_id": "SITE-1",
                "provision_token": token,
                "metrics": {
                    "temperature": round(20 + number % 600 / 10, 1),
                    "humidity": round(30 + number % 400 / 10, 1),
                    "battery": number % 101,
                    "sequence": number,
                    **({"poison": "\0"} if poison_every and number % poison_every == 0 else {}),
                },
            },
            separators=(",", ":"),
        ).encode()


def packets(devices: int, token: str, poison_every: int) -> list[bytes]:
    """Encoded PUBLISH packets, in bursts, with packet ids that never meet in flight.

    No devices means: one, that repeats itself to the letter.
    """
    bodies = list(payloads(DISTINCT if devices else 1, token, poison_every))
    encoded = [
        mqtt5.PublishPacket(
            f"tenant/TENANT1/device/DEV-{number % (devices or 1):05}/telemetry",
            bodies[number % len(bodies)],
            qos=mqtt5.QoS.AT_LEAST_ONCE,
            packet_id=number + 1,
        ).write()
        for number in range(DISTINCT)
    ]
    return [b"".join(encoded[at : at + BURST]) for at in range(0, DISTINCT, BURST)]


class Flood:
    """Sends bursts as fast as the broker acknowledges them, or at a given rate."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.sendall(mqtt5.ConnectPacket("flood", clean_start=True).write())
        self._buffer = bytearray()
        self.acknowledged = 0
        self._read_until_connected()
        self._socket.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket, selectors.EVENT_READ | selectors.EVENT_WRITE)

    def _read_until_connected(self) -> None:
        while len(self._buffer) < 2 or len(self._buffer) < 2 + self._buffer[1]:
            self._buffer += self._socket.recv(4096)
        del self._buffer[: 2 + self._buffer[1]]

    def run(self, bursts: list[bytes], count: int, rate: float) -> float:
        """Publish `count` messages; returns the seconds until the last was acknowledged."""
        source = itertools.cycle(bursts)
        start = time.monotonic()
        sent, pending = 0, memoryview(b"")
        while self.acknowledged < count:
            allowed = count if not rate else int((time.monotonic() - start) * rate)
            may_send = sent < min(count, allowed) and sent - self.acknowledged < MAX_IN_FLIGHT
            if may_send and not pending:
                pending = memoryview(next(source))
                sent += BURST
            interest = selectors.EVENT_READ | (selectors.EVENT_WRITE if pending else 0)
            self._selector.modify(self._socket, interest)
            for _key, events in self._selector.select(timeout=0.005):
                if events & selectors.EVENT_READ:
                    self._receive()
                if events & selectors.EVENT_WRITE:
                    pending = pending[self._socket.send(pending) :]
        return time.monotonic() - start

    def _receive(self) -> None:
        self._buffer += self._socket.recv(65_536)
        at = 0
        while len(self._buffer) - at >= 2 and len(self._buffer) - at >= 2 + self._buffer[at + 1]:
            if self._buffer[at] != 0x40:
                raise SystemExit(f"the broker sent a packet of type {self._buffer[at]:#x}")
            at += 2 + self._buffer[at + 1]
            self.acknowledged += 1
        del self._buffer[:at]


def main() -> None:
    """Publish: PORT COUNT DEVICES TOKEN RATE [POISON]; begins when a line arrives on its input.

    Every POISONth message has a character that PostgreSQL cannot store.
    """
    port, count, devices, token, rate, *poison = sys.argv[1:]
    flood = Flood(int(port))
    bursts = packets(int(devices), token, int(poison[0]) if poison else 0)
    print("ready", flush=True)
    sys.stdin.readline()
    print(flood.run(bursts, int(count), float(rate)), flush=True)


if __name__ == "__main__":
    main()
