"""Lists whose pages end before they are full: what the router looks through for one is bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.support.browser.console import ConsoleSite, Tenant, Watch, sign_in
from tests.support.browser.dead_letters import add_dead_letters

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

URL = "http://127.0.0.1:9/hook"
LOOKED_AT = 5_000
RARE = "/dead-letters?error=HTTP+418"
NONE = "These filters show none."


def test_a_rare_error_is_found_behind_pages_without_any(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    route = tenant.add_webhook(URL)
    add_dead_letters(tenant, 1, route_id=route, url=URL, error="HTTP 418 Teapot")
    add_dead_letters(tenant, LOOKED_AT * 2 + 10, route_id=route, url=URL)
    sign_in(page, site.url, tenant.token(), RARE)
    expect(page.get_by_role("row").nth(1)).to_contain_text("HTTP 418")
    expect(page.get_by_text(NONE)).to_have_count(0)


def test_it_does_not_say_that_there_are_none_while_it_looks_further_back(
    page: Page, site: ConsoleSite, tenant: Tenant, watch: Watch
) -> None:
    route = tenant.add_webhook(URL)
    add_dead_letters(tenant, LOOKED_AT + 10, route_id=route, url=URL)
    held: list[Route] = []

    def hold_the_first(asked: Route) -> None:
        if held:
            asked.continue_()
        else:
            held.append(asked)

    page.route(lambda url: "/customer/dead-letter?" in url and "after=" in url, hold_the_first)
    sign_in(page, site.url, tenant.token(), RARE)
    expect(page.get_by_text("looking further back")).to_be_visible()
    expect(page.get_by_text(NONE)).to_have_count(0)

    # What cannot be read is asked for again, behind a pause: nothing is given up, or hurried.
    watch.expect("ERR_FAILED")
    held[0].abort()
    with page.expect_request(lambda asked: "after=" in asked.url):
        expect(page.get_by_text("looking further back")).to_be_visible()
    expect(page.get_by_text(NONE)).to_be_visible()
