"""`make bench`: prints the machine, then each benchmark."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import click

from tests.benchmarks import ingest
from tests.benchmarks.stage import open_stage


def _describe_machine() -> str:
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    memory = Path("/proc/meminfo").read_text().split()[1]
    return (
        f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores,"
        f" {int(memory) / 2**20:.0f} GiB, Linux {platform.release()},"
        f" Python {platform.python_version()}"
    )


@click.command()
@click.option("--messages", default=200_000, show_default=True, help="Messages in each round.")
@click.option("--rounds", default=3, show_default=True, help="Rounds; the median counts.")
def main(messages: int, rounds: int) -> None:
    """Measure durable ingest against a bare pipeline, in one run on this machine."""
    print(_describe_machine())
    with open_stage() as stage:
        ingest.run(stage, messages=messages, rounds=rounds)


if __name__ == "__main__":
    main()
