"""Runs of the command line in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("pulse-router")
SECRET = "0123456789abcdef0123456789abcdef"

Run = Callable[..., "subprocess.CompletedProcess[str]"]
