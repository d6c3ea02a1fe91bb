"""Pages in Chromium, in a process of their own: Playwright needs an event loop that is asyncio's.

Run as a program, it opens the pages it is given, and prints what each of them has in
`window.shown` as a line of JSON whenever that changes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import attrs
import msgspec
import trio

BROWSER = shutil.which("chromium")
LOOK_MILLISECONDS = 50
PATIENCE_SECONDS = 180
"""How long a browser may take to start, and a page to load: the machine may be busy."""


@attrs.define
class Window:
    """Open pages, and what each of them has shown so far."""

    shown: list[list[Any]]

    async def read(self, lines: trio.abc.ReceiveStream) -> None:
        buffer = b""
        async for data in lines:
            *whole, buffer = (buffer + data).split(b"\n")
            if whole:
                self.shown = msgspec.json.decode(whole[-1])


@asynccontextmanager
async def open_window(*addresses: str) -> AsyncIterator[Window]:
    """Open pages, one for each address; they are closed at the end of the block."""
    window = Window([[] for _ in addresses])
    async with trio.open_nursery() as nursery:
        process = await nursery.start(
            partial(
                trio.run_process,
                [sys.executable, "-m", "tests.support.browser.window", *addresses],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        )
        nursery.start_soon(window.read, process.stdout)
        yield window
        await process.stdin.aclose()


def _show(addresses: list[str]) -> None:
    """Open pages, and print what they show until standard input ends."""
    import select  # noqa: PLC0415

    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not where trio-asyncio is

    with sync_playwright() as playwright:
        # Chromium's own sandbox does not work for root.
        browser = playwright.chromium.launch(
            executable_path=BROWSER, chromium_sandbox=False, timeout=PATIENCE_SECONDS * 1000
        )
        pages = [browser.new_page() for _ in addresses]
        for page, address in zip(pages, addresses, strict=True):
            page.goto(address, timeout=PATIENCE_SECONDS * 1000)
        before = None
        while not select.select([sys.stdin], [], [], 0)[0]:
            pages[0].wait_for_timeout(LOOK_MILLISECONDS)
            shown = [page.evaluate("window.shown") for page in pages]
            if shown != before:
                before = shown
                sys.stdout.buffer.write(msgspec.json.encode(shown) + b"\n")
                sys.stdout.flush()
        browser.close()


if __name__ == "__main__":
    _show(sys.argv[1:])
