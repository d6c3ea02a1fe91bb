"""Simulated devices: each with its own MQTT 5 connection, publishing telemetry at QoS 1.

Knows what a device knows: the broker, its own identity, its sensors. Does not know the router.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from random import Random
from typing import TypeVar

import attrs
import mqtt5
import msgspec
import trio

KEEP_ALIVE_SECONDS = 60
PING_AFTER_SECONDS = 30.0
ANSWER_WITHIN_SECONDS = 20.0
FIRST_BACKOFF_SECONDS = 0.5
MAX_BACKOFF_SECONDS = 10.0
MAX_PACKET_ID = 65_535
READ_BYTES = 4096
SPIKE_PROBABILITY = 0.02

Answer = TypeVar("Answer", mqtt5.ConnAckPacket, mqtt5.PubAckPacket, mqtt5.PingRespPacket)


class _LineDown(Exception):
    """The broker is away, or does not speak as it should."""


@attrs.frozen
class SimulatedDevice:
    """A registered device; `provision_token` is what it proves itself with."""

    tenant_id: str
    device_id: str
    site_id: str
    provision_token: str = attrs.field(repr=False)

    @property
    def topic(self) -> str:
        """Where it publishes its telemetry."""
        return f"tenant/{self.tenant_id}/device/{self.device_id}/telemetry"


@attrs.define(eq=False)
class Sensors:
    """Readings that wander as real ones do; the temperature spikes above 80 now and then."""

    random: Random
    temperature: float = 65.0
    humidity: float = 45.0
    battery: float = 100.0

    def read(self) -> dict[str, float]:
        """Take the next reading, in °C and percent."""
        pull = (65.0 - self.temperature) * 0.05
        self.temperature += pull + self.random.gauss(0, 1.0)
        self.humidity = min(95.0, max(5.0, self.humidity + self.random.gauss(0, 0.5)))
        self.battery = max(5.0, self.battery - 0.002)
        spike = 20.0 if self.random.random() < SPIKE_PROBABILITY else 0.0
        return {
            "temperature": round(self.temperature + spike, 1),
            "humidity": round(self.humidity, 1),
            "battery": round(self.battery, 1),
        }


async def run_simulator(
    devices: Sequence[SimulatedDevice],
    host: str,
    port: int,
    rate: float,
    *,
    random: Random,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Publish for ever; cancel it to stop.

    Args:
        devices: Who publishes.
        host: The broker's host.
        port: The broker's port.
        rate: Messages a second, over all devices together; above 0.
        random: The source of readings, phases and backoff.
        now: The clock that readings are stamped with.
        task_status: Started at once, before any device is connected.
    """
    interval_seconds = len(devices) / rate
    async with trio.open_nursery() as nursery:
        for device in devices:
            task = _DeviceTask(device, host, port, interval_seconds, random, now)
            nursery.start_soon(task.run)
        task_status.started()


@attrs.define(eq=False)
class _DeviceTask:
    device: SimulatedDevice
    host: str
    port: int
    interval_seconds: float
    random: Random
    now: Callable[[], datetime]
    sensors: Sensors = attrs.field(init=False)
    # A reading that is not acknowledged is sent again on the next connection.
    reading: bytes | None = None
    due_at: float = 0.0
    failures: int = 0

    def __attrs_post_init__(self) -> None:
        self.sensors = Sensors(self.random)

    async def run(self) -> None:
        # Devices are switched on at different times: they neither connect nor publish in step.
        phase_seconds = self.random.random() * self.interval_seconds
        self.due_at = trio.current_time() + phase_seconds
        await trio.sleep(min(phase_seconds, MAX_BACKOFF_SECONDS))
        while True:
            try:
                await self._connect_and_publish()
            except (_LineDown, OSError, trio.BrokenResourceError, trio.TooSlowError):
                self.failures += 1
            await trio.sleep(self._backoff_seconds())

    def _backoff_seconds(self) -> float:
        # Clamped before it is a power: a broker may be away for months.
        doublings = min(self.failures, math.ceil(math.log2(MAX_BACKOFF_SECONDS)) + 1)
        return self.random.uniform(
            FIRST_BACKOFF_SECONDS / 2,
            min(MAX_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2.0**doublings),
        )

    async def _connect_and_publish(self) -> None:
        with trio.fail_after(ANSWER_WITHIN_SECONDS):
            stream = await trio.open_tcp_stream(self.host, self.port)
        async with stream:
            line = _Line(stream)
            await line.connect(self.device)
            self.failures = 0
            while True:
                await self._wait_until_due(line)
                if self.reading is None:
                    self.reading = self._compose()
                await line.publish(self.device.topic, self.reading)
                self.reading = None
                # Readings that were due while the line was down are not made up for.
                self.due_at = max(self.due_at + self.interval_seconds, trio.current_time())

    async def _wait_until_due(self, line: _Line) -> None:
        while self.due_at - trio.current_time() > PING_AFTER_SECONDS:
            await trio.sleep(PING_AFTER_SECONDS)
            await line.ping()
        await trio.sleep_until(self.due_at)

    def _compose(self) -> bytes:
        return msgspec.json.encode(
            {
                "ts": self.now().astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
                "site_id": self.device.site_id,
                "provision_token": self.device.provision_token,
                "metrics": self.sensors.read(),
            }
        )


@attrs.define(eq=False)
class _Line:
    """A connection on which one thing is asked at a time, and its answer awaited."""

    stream: trio.SocketStream
    received: bytearray = attrs.field(factory=bytearray)
    packet_id: int = 0

    async def connect(self, device: SimulatedDevice) -> None:
        packet = mqtt5.ConnectPacket(
            f"{device.tenant_id}:{device.device_id}",
            clean_start=True,
            keep_alive=KEEP_ALIVE_SECONDS,
        )
        answer = await self._ask(packet.write(), mqtt5.ConnAckPacket)
        if answer.reason_code is not mqtt5.ConnAckReasonCode.SUCCESS:
            raise _LineDown(f"refused: {answer.reason_code.name}")

    async def publish(self, topic: str, payload: bytes) -> None:
        self.packet_id = self.packet_id % MAX_PACKET_ID + 1
        packet = mqtt5.PublishPacket(
            topic, payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=self.packet_id
        )
        await self._ask(packet.write(), mqtt5.PubAckPacket)

    async def ping(self) -> None:
        await self._ask(mqtt5.PingReqPacket().write(), mqtt5.PingRespPacket)

    async def _ask(self, question: bytes, kind: type[Answer]) -> Answer:
        with trio.fail_after(ANSWER_WITHIN_SECONDS):
            await self.stream.send_all(question)
            answer = await self._read()
        if not isinstance(answer, kind):
            raise _LineDown(f"the broker sent {type(answer).__name__}")
        return answer

    async def _read(self) -> mqtt5.Packet:
        while (packet := self._next_packet()) is None:
            data = await self.stream.receive_some(READ_BYTES)
            if not data:
                raise _LineDown("the broker closed the connection")
            self.received += data
        return packet

    def _next_packet(self) -> mqtt5.Packet | None:
        try:
            packet, length = mqtt5.read(memoryview(bytes(self.received)))
        except IndexError:
            return None
        except ValueError as error:
            raise _LineDown("the broker sent what is no packet") from error
        del self.received[:length]
        return packet
