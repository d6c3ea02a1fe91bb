"""What the console knows without a browser, on Node: `node --test` beside its sources."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.support.servers.node import find_node

WEB = Path(__file__).parents[3] / "pulse_router" / "console" / "web"


def test_the_rules_of_the_console_hold_on_node() -> None:
    done = subprocess.run(
        [str(find_node()), "--test", "test/**/*.test.ts"],
        cwd=WEB,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"^\S+ pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed is not None
    assert int(passed[1]) > 0
