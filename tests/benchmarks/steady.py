"""A process that publishes telemetry at a steady rate, each message with the time when it was sent.

Arguments: PORT COUNT DEVICES TOKEN RATE [TENANT]; begins when a line arrives on standard input, and
prints `done` when the broker has acknowledged the last.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time

import mqtt5


def publish(
    port: int, count: int, devices: int, token: str, rate: float, tenant: str = "TENANT1"
) -> None:
    """Publish, and read acknowledgements meanwhile."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(mqtt5.ConnectPacket(f"steady-{tenant}", clean_start=True).write())
    connection.recv(4096)
    print("ready", flush=True)
    sys.stdin.readline()
    start = time.monotonic()
    acknowledged_bytes = 0
    for number in range(count):
        while (wait := start + number / rate - time.monotonic()) > 0:
            if select.select([connection], [], [], wait)[0]:
                acknowledged_bytes += len(connection.recv(65_536))
        payload = {
            "site_id": "SITE-1",
            "provision_token": token,
            "metrics": {"temperature": 20.5, "sent_at": time.time()},
        }
        topic = f"tenant/{tenant}/device/DEV-{number % devices:05}/telemetry"
        connection.sendall(
            mqtt5.PublishPacket(
                topic,
                json.dumps(payload).encode(),
                qos=mqtt5.QoS.AT_LEAST_ONCE,
                packet_id=number % 60_000 + 1,
            ).write()
        )
    while acknowledged_bytes < 4 * count:
        acknowledged_bytes += len(connection.recv(65_536))
    print("done", flush=True)


if __name__ == "__main__":
    _port, _count, _devices, _token, _rate, *_tenant = sys.argv[1:]
    publish(int(_port), int(_count), int(_devices), _token, float(_rate), *_tenant)
