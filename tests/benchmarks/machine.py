"""What a benchmark has run on."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def describe_machine() -> str:
    """Say it in a line."""
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
