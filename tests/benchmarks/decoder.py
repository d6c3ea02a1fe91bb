"""What decoding costs: `python -m tests.benchmarks.decoder`. No server, no network."""

from __future__ import annotations

import hashlib
import time
import tracemalloc
from collections.abc import Callable, Collection, Sequence

import attrs
import click
import mqtt5
import trio

from pulse_router.domain.messages import (
    Device,
    DeviceKey,
    DeviceLookup,
    DeviceStatus,
    NewDevice,
    TelemetryEvent,
)
from pulse_router.domain.rate_limit import RateLimits
from pulse_router.domain.routes import DestinationType, MatchableRoute, RouteSet
from pulse_router.ingest.decoder import Decoder
from pulse_router.ingest.registry import DeviceRegistry
from tests.support.ingest.fakes import DecoderWorld

TOKEN = "benchmark-device-token"
BODY = (
    b'{"ts":"2026-02-16T00:00:00Z","site_id":"SITE-1","provision_token":"%b",'
    b'"metrics":{"temperature":90.5,"humidity":33.1,"battery":88,"ok":true}}'
) % TOKEN.encode()
EXTRA = BODY[:-1] + b',"firmware":"1.2","position":{"lat":52.1,"lon":4.3}}'
ESCAPED = BODY[:-2] + b',"note":"a \\"quoted\\" word"}}'
BAD = b'{"provision_token":"%b","metrics":{"temperature":' % TOKEN.encode()
MESSAGES = 2_000


@attrs.define
class Registered:
    """Every device is registered, or none is."""

    registered: bool = True

    async def load_devices(
        self, keys: Collection[DeviceKey], _newcomers: Collection[NewDevice] = ()
    ) -> DeviceLookup:
        # As they come from the database: no two devices share more than tenant and site.
        return DeviceLookup(
            {
                ("".join(key[0]), "".join(key[1])): Device(
                    "SITE-1", hashlib.sha256(TOKEN.encode()).digest(), DeviceStatus.ACTIVE
                )
                for key in keys
                if self.registered
            }
        )


@attrs.define
class Deaf:
    """Nobody listens."""

    def wants(self, _tenant_id: str) -> bool:
        return False

    def publish(self, events: Sequence[TelemetryEvent]) -> None:
        raise AssertionError(events)


@attrs.frozen
class Arrival:
    """What a socket read brings."""

    publications: Sequence[mqtt5.PublishPacket]
    received_at: float = 1_771_200_000.0
    new_connection: bool = False
    new_session: bool = False
    dropped: int = 0

    def acknowledge(self) -> None:
        """Nothing to acknowledge to."""


def _arrival(body: bytes, devices: int) -> Arrival:
    # As they come from the codec: no two packets share an object.
    sent = (
        mqtt5.PublishPacket(
            f"tenant/TENANT1/device/DEV-{number % devices:05}/telemetry",
            body,
            qos=mqtt5.QoS.AT_LEAST_ONCE,
            packet_id=number + 1,
        )
        for number in range(MESSAGES)
    )
    return Arrival([_read(packet.write()) for packet in sent])


def _read(wire: bytes) -> mqtt5.PublishPacket:
    packet, _ = mqtt5.read(memoryview(wire))
    assert isinstance(packet, mqtt5.PublishPacket)
    return packet


def _routes(*, match: bool) -> RouteSet:
    filters = [f"tenant/TENANT1/device/NONE-{number}/telemetry" for number in range(100)]
    if match:
        filters.append("tenant/+/device/+/telemetry")
    return RouteSet(
        MatchableRoute(number, "TENANT1", topic_filter, DestinationType.WEBHOOK, None)
        for number, topic_filter in enumerate(filters, start=1)
    )


def _world(*, match: bool = False, registered: bool = True, rate: float = 0) -> Decoder:
    world = DecoderWorld(rates=RateLimits(device_rate=rate, tenant_rate=rate), live=Deaf())  # type: ignore[arg-type]  # not the suite's
    world.routes.current = _routes(match=match)
    return world.decoder(DeviceRegistry(Registered(registered)))


async def _measure(decoder: Decoder, arrivals: Callable[[], Arrival], rounds: int) -> float:
    """The best round, in microseconds a message."""
    await decoder.decode(arrivals())
    seconds = []
    for _ in range(rounds):
        arrival = arrivals()
        start = time.perf_counter()
        await decoder.decode(arrival)
        seconds.append(time.perf_counter() - start)
    return min(seconds) / MESSAGES * 1e6


async def _memory_of_fleet(devices: int) -> float:
    """How much the registry and the topics of a fleet take, in megabytes."""
    decoder = _world()
    tracemalloc.start()
    for first in range(0, devices, MESSAGES):
        names = [f"tenant/TENANT1/device/DEV-{first + n:07}/telemetry" for n in range(MESSAGES)]
        packets = [mqtt5.PublishPacket(name, BODY).write() for name in names]
        await decoder.decode(Arrival([_read(packet) for packet in packets]))
    current, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return current / 2**20


async def _run(rounds: int, fleet: int) -> None:
    cases: list[tuple[str, Decoder, bytes, int]] = [
        ("named fields only, 1,000 devices", _world(), BODY, 1_000),
        ("... and one route matches", _world(match=True), BODY, 1_000),
        ("... and rates are limited", _world(rate=1e6), BODY, 1_000),
        ("with fields of its own", _world(), EXTRA, 1_000),
        ("with escapes", _world(), ESCAPED, 1_000),
        ("not JSON", _world(), BAD, 1_000),
        ("unregistered", _world(registered=False), BODY, MESSAGES),
    ]
    for name, decoder, body, devices in cases:
        cost = await _measure(decoder, lambda: _arrival(body, devices), rounds)  # noqa: B023 - used at once
        print(f"{name:40} {cost:6.2f} µs a message")
    print(f"{fleet:,} devices: {await _memory_of_fleet(fleet):.1f} MB")


@click.command()
@click.option("--rounds", default=20, show_default=True, help="Rounds of each; the best counts.")
@click.option("--fleet", default=100_000, show_default=True, help="Devices to keep in memory.")
def main(rounds: int, fleet: int) -> None:
    """Measure the decoder alone."""
    trio.run(_run, rounds, fleet)


if __name__ == "__main__":
    main()
