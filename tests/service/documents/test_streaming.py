"""Every example of docs/streaming.md that runs without a browser, as it stands there."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import trio

from tests.support.commands.process import clean_environment
from tests.support.commands.router import World, make_token
from tests.support.documents import Example, examples
from tests.support.mqtt.fleet import payload
from tests.support.mqtt.publisher import Publisher, open_publisher

SECONDS = 60


def command(example: Example, address: str, folder: Path) -> list[str]:
    """What a reader would type."""
    if example.language == "bash":
        return ["bash", "-c", "exec " + example.at(address)]
    script = folder / "example.py"
    script.write_text(example.at(address))
    return [sys.executable, str(script)]


async def speak(world: World, publisher: Publisher) -> None:
    """Let the device of the examples speak until it is cancelled."""
    while True:
        await publisher.publish(world.topic(1), payload(7))
        await trio.sleep(0.1)


async def show(example: Example, world: World, folder: Path) -> str:
    """Run an example until it has shown a reading; returns what it has printed."""
    address = f"127.0.0.1:{world.router.http_port}"
    environment = clean_environment() | {
        "PULSE_TOKEN": make_token(),
        "PULSE_URL": world.router.url,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    printed = ""
    async with trio.open_nursery() as nursery:
        process = await nursery.start(
            partial(
                trio.run_process,
                command(example, address, folder),
                stdout=subprocess.PIPE,
                env=environment,
                check=False,
            )
        )
        with trio.fail_after(SECONDS):
            async for data in process.stdout:
                printed += data.decode()
                if "DEV-001" in printed and "90" in printed:
                    break
        process.terminate()
    return printed


async def test_each_example_shows_what_a_device_says(world: World, tmp_path: Path) -> None:
    found = examples("streaming.md", "bash", "python")
    assert [example.heading for example in found] == ["curl", "In Python", "On the command line"]
    await world.router.start_and_wait()
    async with open_publisher(world.broker.port) as publisher, trio.open_nursery() as nursery:
        nursery.start_soon(speak, world, publisher)
        for example in found:
            printed = await show(example, world, tmp_path)
            assert "DEV-001" in printed, example.heading
        nursery.cancel_scope.cancel()
