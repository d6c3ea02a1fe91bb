"""How the console comes to a browser: from the router alone, at any prefix, and small."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pulse_router.console.site import ASSETS, FOLDER, PAGE
from tests.support.browser.console import TOKEN_BEGINS, ConsoleSite, Watch, sign_in
from tests.support.browser.furnished import Furnished
from tests.support.browser.prefixed import PREFIX, open_prefix

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

NOT_FOUND = "There is no such page"
FIRST_VIEW_BYTES = 60 * 1024
EVERYTHING_BYTES = 150 * 1024


def test_nothing_but_the_router_is_asked(
    page: Page, site: ConsoleSite, furnished: Furnished, watch: Watch
) -> None:
    sign_in(page, site.url, furnished.tenant.token())
    page.locator("h1").first.wait_for()
    page.wait_for_load_state("networkidle")
    hosts = {urlsplit(asked.split(" ", 1)[1]).netloc for asked in watch.requests}
    assert hosts - {""} == {watch.origin}
    assert any("/api/v1/whoami" in asked for asked in watch.requests)
    assert "#" not in page.url
    kept = page.evaluate("JSON.stringify([{...localStorage}, document.cookie])")
    assert TOKEN_BEGINS not in kept
    blocked = page.evaluate(
        "fetch('http://127.0.0.1:9/').then(() => 'asked', (fault) => fault.name)"
    )
    assert blocked == "TypeError"
    watch.expect("Content Security Policy", "because it violates")


def test_proxy_prefix_and_reload_of_every_url(
    context: BrowserContext, site: ConsoleSite, furnished: Furnished, watch: Watch
) -> None:
    with open_prefix(site.world.router.http_port) as url:
        watch.origin = urlsplit(url).netloc
        customer, operator = context.new_page(), context.new_page()
        customer.goto(f"{url}/")  # the root leads to the console, there too
        assert urlsplit(customer.url).path == f"{PREFIX}/console"
        sign_in(customer, url, furnished.tenant.token())
        sign_in(operator, url, site.operator_token(), "/operator")
        for path in furnished.paths():
            page = operator if path.startswith("/operator") else customer
            answer = page.goto(f"{url}/console{path}")
            assert answer is not None
            assert answer.status == 200
            heading = page.locator("h1").first
            heading.wait_for()
            assert heading.inner_text() not in {"", NOT_FOUND}, path
            if path != "/sign-in":  # whoever is signed in is led on
                assert page.url == f"{url}/console{path}"
        page = customer
        page.goto(f"{url}/console/dead-letters?status=FAILED")
        page.reload()
        page.locator("h1").first.wait_for()
        assert page.url == f"{url}/console/dead-letters?status=FAILED"
        page.goto(f"{url}/console/nothing/of/the/kind")
        page.get_by_role("heading", name=NOT_FOUND).wait_for()
        paths = {urlsplit(asked.split(" ", 1)[1]).path for asked in watch.requests}
    assert [path for path in paths if path.startswith("/") and not path.startswith(PREFIX)] == []


def test_sizes_stay_within_bounds() -> None:
    page = (FOLDER / PAGE).read_text()
    first = set(re.findall(r"\{base\}assets/([^\"]+)", page))
    assert first
    sizes = {path.name: path.stat().st_size for path in (FOLDER / ASSETS).glob("*.gz")}
    html = len(gzip.compress(page.encode()))
    assert html + sum(sizes[f"{name}.gz"] for name in first) <= FIRST_VIEW_BYTES
    assert html + sum(sizes.values()) <= EVERYTHING_BYTES
