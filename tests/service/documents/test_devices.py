"""Every example of docs/devices.md, one after the other as they stand there, and its answer."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import trio

from tests.support.commands.process import clean_environment
from tests.support.commands.router import World, make_token
from tests.support.documents import examples

VARYING = ("provision_token", "_at", "_until")


def same_every_time(text: str) -> Sequence[Any]:
    """What is printed, without what differs from one time to the next."""
    lines = text.strip().replace("\n ", " ").splitlines()
    return [fixed(msgspec.json.decode(line)) for line in lines]


def fixed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        name: "…" if name.endswith(VARYING) and part is not None else fixed(part)
        for name, part in value.items()
    }


async def test_each_example_is_answered_as_it_says(world: World, tmp_path: Path) -> None:
    await world.router.start_and_wait()
    environment = clean_environment() | {
        "PULSE_TOKEN": make_token(),
        "PULSE_URL": world.router.url,
        "PATH": os.environ["PATH"],
    }
    found = examples("devices.md", "bash", "json")
    assert [example.language for example in found] == ["bash", "json"] * 6
    for command, answer in zip(found[::2], found[1::2], strict=True):
        done = await trio.run_process(
            ["bash", "-euc", command.text],
            env=environment,
            cwd=tmp_path,
            capture_stdout=True,
            stderr=subprocess.STDOUT,
        )
        assert same_every_time(done.stdout.decode()) == same_every_time(answer.text), command.text
