"""The cheapest attacks in short, beside a quiet tenant; `make neighbours` measures all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from pulse_router.embedded.ports import find_free
from tests.support.commands.router import SECRET, World
from tests.support.neighbours.attack import Attack
from tests.support.neighbours.attacks import ALL, REGISTRY
from tests.support.neighbours.quiet import living, neighbour_sql
from tests.support.neighbours.target import Target, devices_sql
from tests.support.waiting import wait_until

MESSAGES = 15
"""How many the neighbour sends meanwhile: in a second and a half, where there is time for it."""

ARRIVES_WITHIN_SECONDS = 30.0
MOST_MEGABYTES = 200.0


def test_every_attack_has_a_name_of_its_own() -> None:
    assert len(REGISTRY) == len(ALL)


async def test_a_quiet_tenant_gets_everything_beside_each_attack(world: World) -> None:
    target = Target(world.router.http_port, world.broker.port, find_free(), SECRET)
    webhook_port = find_free()
    cheap = [attack for attack in ALL if attack.is_cheap]
    for script in (devices_sql(), neighbour_sql(webhook_port)):
        world.rows(script)
    await world.router.start_and_wait()
    numbers: set[int] = set()
    async with living(target, webhook_port) as neighbour:
        for attack in cheap:
            seen = neighbour.begin()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(attack_without_end, attack, target)
                await wait_until(lambda: len(neighbour.seen.sent) >= MESSAGES)
                nursery.cancel_scope.cancel()
            await neighbour.pause(seconds=ARRIVES_WITHIN_SECONDS)
            assert seen.missing() == set(), attack.name
            assert seen.failed == [], attack.name
            assert seen.health, attack.name
            numbers |= set(seen.sent)
            assert peak_megabytes(world.router.pid) < MOST_MEGABYTES, attack.name
    stored = world.rows("SELECT metrics->>'number' FROM telemetry WHERE tenant_id = 'QUIET'")
    assert numbers <= {int(number) for (number,) in stored}
    assert "Traceback" not in world.router.text


async def attack_without_end(attack: Attack, target: Target) -> None:
    """Attack until cancelled."""
    await attack.run(target)
    pytest.fail(f"{attack.name} has ended by itself")


def peak_megabytes(pid: int) -> float:
    """What a process has held at the most."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line) / 1024
