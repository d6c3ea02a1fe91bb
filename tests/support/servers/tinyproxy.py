"""A real HTTP proxy, as small sites have one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import trio

from pulse_router.embedded import ports
from tests.support.waiting import wait_for

EXTRA_PATH = "/usr/local/sbin:/usr/sbin:/sbin"


@asynccontextmanager
async def open_tinyproxy(folder: Path, *, user: str, password: str) -> AsyncIterator[int]:
    """Run one for a block, on the port that it gives; it knows one user."""
    program = shutil.which("tinyproxy", path=f"{os.environ.get('PATH', os.defpath)}:{EXTRA_PATH}")
    assert program is not None, "tinyproxy is not installed: apt install tinyproxy"
    port = ports.find_free(ports.loopback_hosts())
    config = folder / "tinyproxy.conf"
    config.write_text(
        f"Port {port}\nListen 127.0.0.1\nTimeout 30\nMaxClients 20\nBasicAuth {user} {password}\n"
    )
    process = await trio.lowlevel.open_process(
        [program, "-d", "-c", str(config)], stdout=subprocess.DEVNULL
    )
    try:
        await wait_for(partial(_answers, port))
        yield port
    finally:
        with trio.CancelScope(shield=True):
            process.kill()
            await process.wait()


async def _answers(port: int) -> bool:
    try:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
    except OSError:
        return False
    await stream.aclose()
    return True
