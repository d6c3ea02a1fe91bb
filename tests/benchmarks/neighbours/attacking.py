"""A process that attacks: `python -m tests.benchmarks.neighbours.attacking NAME TARGET`.

It serves the attacker's own endpoint from the start, says `ready`, begins when a line arrives on
its input, and gives way to everything else on the machine.
"""

from __future__ import annotations

import json
import os
import sys
from typing import IO

import attrs
import trio

from tests.support.neighbours.attacks import REGISTRY
from tests.support.neighbours.attacks.deliveries import serve_endpoint
from tests.support.neighbours.target import Target

NICE = 10


def argv(name: str, target: Target) -> list[str]:
    """How Python is told to run it."""
    return ["-m", "tests.benchmarks.neighbours.attacking", name, json.dumps(attrs.asdict(target))]


async def _attack(name: str, target: Target, told: IO[str]) -> None:
    async with trio.open_nursery() as nursery:
        await nursery.start(serve_endpoint, target.endpoint_port)
        print("ready", flush=True)
        await trio.to_thread.run_sync(told.readline)
        await REGISTRY[name].run(target)


def main() -> None:
    """Attack until killed."""
    name, target = sys.argv[1:]
    os.setpriority(os.PRIO_PROCESS, 0, NICE)
    trio.run(_attack, name, Target(**json.loads(target)), sys.stdin)


if __name__ == "__main__":
    main()
