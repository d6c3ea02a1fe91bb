"""Every page of the console before those who have less than its makers: no page breaks for them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.support.browser.console import ConsoleSite, Tenant, Watch, sign_in
from tests.support.browser.furnished import Furnished
from tests.support.browser.pages import apart, walk

if TYPE_CHECKING:
    from playwright.sync_api import Page

ODD = re.compile(r"\b(undefined|NaN|null|Invalid Date)\b|\[object ")
"""What is no word of the console's, and stands where a value was not looked at."""


def look_around(
    page: Page, site: ConsoleSite, token: str, furnished: Furnished
) -> dict[str, list[str]]:
    """Go to every page as somebody; give what is wrong there, by page.

    A page must have a heading, no word that is none, and no trouble.
    """
    sign_in(page, site.url, token, "/about")
    wrong: dict[str, list[str]] = {}
    paths = [path for path in apart(furnished.paths()) if path != "/sign-in"]
    for shown in walk(page, site.url, paths):
        main = page.get_by_role("main")
        found = [match.group() for match in ODD.finditer(main.inner_text())]
        found += page.locator("main .trouble-said").all_inner_texts()
        if not page.locator("main h1").first.inner_text().strip():
            found.append("no heading")
        if found:
            wrong[shown] = found
    return wrong


def test_every_page_before_an_operator_without_a_tenant(
    page: Page, site: ConsoleSite, furnished: Furnished
) -> None:
    assert look_around(page, site, site.operator_token("operator"), furnished) == {}


def test_every_page_before_a_viewer(
    page: Page, site: ConsoleSite, furnished: Furnished, watch: Watch
) -> None:
    watch.expect("status of 403")
    wrong = look_around(page, site, furnished.tenant.token("customer_viewer"), furnished)
    assert [path for path in wrong if not path.startswith("/operator")] == []


def test_every_page_before_a_tenant_without_anything(
    page: Page, site: ConsoleSite, furnished: Furnished, tenant: Tenant, watch: Watch
) -> None:
    watch.expect("status of 403", "status of 404")
    wrong = look_around(page, site, tenant.token(), furnished)
    for path, found in wrong.items():
        # What is another's is gone, and what is the operators' is theirs; in so many words.
        said = "Unauthorized role." if path.startswith("/operator") else "There is no such "
        assert all(each.startswith(said) for each in found), wrong
