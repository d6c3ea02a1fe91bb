"""What all lists can do: their columns and views, what a filter hides, the way back to a row."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.support.browser.console import ConsoleSite, Tenant, axe_faults, sign_in
from tests.support.browser.dead_letters import add_dead_letters

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

LOADING_SECONDS = 1.0
PATIENCE_MILLISECONDS = 20_000


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    yield
    expect.set_options()


def open_letters(page: Page, site: ConsoleSite, tenant: Tenant, query: str = "") -> list[int]:
    """Go to a list of three dead letters, and give their ids."""
    hook = f"http://127.0.0.1:{site.sink.port}/hook"
    route = tenant.add_webhook(hook)
    letters = add_dead_letters(tenant, 3, route_id=route, url=hook)
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    sign_in(page, site.url, tenant.token(), f"/dead-letters{query}")
    return letters


def heads(page: Page, name: str = "") -> Locator:
    """The heads of the list's columns."""
    grid = page.get_by_role("grid", name="Dead letters")
    return grid.get_by_role("columnheader", name=name)


def test_way_back_stands_on_the_row_and_a_new_way_on_the_heading(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    letters = open_letters(page, site, tenant, "?status=FAILED")
    focused = page.locator(".table-row:focus")
    page.locator(".table-body .table-row").first.wait_for()
    expect(page.locator("h1:focus")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(focused).to_contain_text(str(letters[1]))
    page.keyboard.press("Enter")
    expect(page.locator("h1:focus")).to_contain_text(f"Dead letter {letters[1]}")
    page.keyboard.press("Escape")
    expect(focused).to_contain_text(str(letters[1]))
    assert page.url.endswith("/dead-letters?status=FAILED")
    page.keyboard.press("Enter")
    expect(page.locator("h1:focus")).to_contain_text(f"Dead letter {letters[1]}")
    page.go_back()
    expect(focused).to_contain_text(str(letters[1]))
    page.get_by_role("link", name="Messages").first.click()
    expect(page.locator("h1:focus")).to_have_text("Messages")
    page.get_by_role("link", name="Dead letters").first.click()
    expect(page.locator("h1:focus")).to_have_text("Dead letters")


def test_page_that_is_left_asks_for_nothing_under_the_next_address(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    def later(route: Route) -> None:
        time.sleep(LOADING_SECONDS)  # the next page comes from far away
        route.continue_()

    open_letters(page, site, tenant, "?status=FAILED")
    page.locator(".table-body .table-row").first.wait_for()
    page.route(re.compile(r"/assets/overview-"), later)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("link", name="Overview").first.click()
    expect(page.locator("h1")).to_have_text("Overview")
    lists = [url for url in asked if urlsplit(url).path.endswith("/dead-letter")]
    assert [url for url in lists if "status" not in parse_qs(urlsplit(url).query)] == []


def test_columns_stand_in_the_address_and_a_view_gets_a_name(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    open_letters(page, site, tenant, "?status=FAILED")
    view = page.get_by_role("button", name="View")
    view.click()
    assert axe_faults(page) == []
    page.get_by_role("menuitemcheckbox", name="Device").click()
    expect(heads(page, "Device")).to_have_count(0)
    page.get_by_role("menuitemcheckbox", name="Attempts").click()
    expect(heads(page)).to_have_count(6)
    page.keyboard.press("Escape")
    assert "cols=" in page.url
    page.reload()
    expect(heads(page)).to_have_count(6)
    view.click()
    page.get_by_role("menuitem", name="Keep this view").click()
    page.get_by_label("Name").fill("Mine")
    page.get_by_role("dialog").get_by_role("button", name="Keep").click()
    kept = page.url
    page.get_by_role("link", name="Messages").first.click()
    page.get_by_role("link", name="Dead letters").first.click()
    expect(heads(page, "Device")).to_be_visible()
    view.click()
    page.get_by_role("menuitemcheckbox", name="Mine").click()
    expect(heads(page)).to_have_count(6)
    assert parse_qs(urlsplit(page.url).query) == parse_qs(urlsplit(kept).query)


def test_filters_that_show_none_say_what_each_hides(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    open_letters(page, site, tenant, "?status=FAILED&device_id=DEV-99")
    without = page.get_by_role("listitem").filter(has_text="Without device:DEV-99")
    expect(without).to_contain_text("3")
    status = page.get_by_role("listitem").filter(has_text="Without status:FAILED")
    expect(status).to_contain_text(re.compile(r"FAILED\s*0"))
    without.get_by_role("button").click()
    expect(page.locator(".table-body .table-row")).to_have_count(3)
