"""The page `/docs` in Chromium, in a process of its own: Playwright needs asyncio's event loop.

Run as a program, it tries some operations by hand, and prints what the page has shown as JSON.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import trio

from tests.support.browser.window import BROWSER

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Request

MILLISECONDS = 20_000


async def try_page(url: str, token: str) -> dict[str, Any]:
    """Try the page of a router; whom else it asked, what went wrong in it, and what it showed."""
    done = await trio.run_process(
        [sys.executable, "-m", "tests.support.browser.docs_page", url],
        env={**os.environ, "PULSE_TOKEN": token},
        capture_stdout=True,
    )
    found: dict[str, Any] = msgspec.json.decode(done.stdout)
    return found


def _try(url: str, token: str) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not where trio-asyncio is

    elsewhere: list[str] = []
    troubles: list[str] = []
    own = urlsplit(url).netloc

    def note_trouble(said: ConsoleMessage) -> None:
        if said.type == "error":
            troubles.append(said.text)

    def note_address(asked: Request) -> None:
        if urlsplit(asked.url).netloc not in {"", own}:
            elsewhere.append(asked.url)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, chromium_sandbox=False)
        page = browser.new_page()
        page.set_default_timeout(MILLISECONDS)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "console", lambda said: troubles.append(said.text) if said.type == "error" else None
        )
        page.on(
            "request",
            lambda asked: (
                elsewhere.append(asked.url) if urlsplit(asked.url).netloc not in {"", own} else None
            ),
        )
        page.goto(f"{url}/docs")
        page.fill("#token", token)

        def shown(operation: str, until: str) -> str:
            """Open an operation, send it, and give its text once it says this."""
            details = page.locator(f"#{operation}")
            details.locator("summary").first.click()
            details.get_by_role("button", name="Send").click()
            details.get_by_text(until).first.wait_for()
            return details.inner_text()

        answers = {
            "list_routes": shown("list_routes", "200 OK"),
            "stream_telemetry": shown("stream_telemetry", '{"type":"connected"'),
            "stream_telemetry_sse": shown("stream_telemetry_sse", 'data: {"type":"connected"'),
        }
        browser.close()
    return {"elsewhere": elsewhere, "troubles": troubles, "answers": answers}


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(_try(sys.argv[1], os.environ["PULSE_TOKEN"])))
