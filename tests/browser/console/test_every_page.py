"""What holds on every page of the console, with real things on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.support.browser.console import ConsoleSite, axe_faults, sign_in
from tests.support.browser.furnished import Furnished
from tests.support.browser.pages import apart, walk

if TYPE_CHECKING:
    from playwright.sync_api import Page

TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll("body *")]
    .filter((it) => it.getBoundingClientRect().right > innerWidth + 1)
    .map((it) => it.outerHTML.slice(0, 120))"""
"""What makes a page scroll sideways."""


def every_page(page: Page, site: ConsoleSite, furnished: Furnished) -> Iterator[str]:
    """Go to every page, as somebody who may see them all."""
    sign_in(page, site.url, furnished.tenant.token("operator-admin"), "/about")
    paths = [path for path in apart(furnished.paths()) if path != "/sign-in"]
    return walk(page, site.url, paths)


def test_every_page_passes_axe_in_both_themes(
    page: Page, site: ConsoleSite, furnished: Furnished
) -> None:
    faults: dict[str, list[str]] = {}
    for shown in every_page(page, site, furnished):
        page.emulate_media(color_scheme="dark")
        found = [f"in the dark: {each}" for each in axe_faults(page, only_colours=True)]
        page.emulate_media(color_scheme="light")
        found += axe_faults(page)
        if found:
            faults[shown] = found
    assert faults == {}


def test_every_page_at_320_pixels(page: Page, site: ConsoleSite, furnished: Furnished) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    faults: dict[str, list[str]] = {}
    for shown in every_page(page, site, furnished):
        if wide := page.evaluate(TOO_WIDE):
            faults[shown] = wide
    assert faults == {}
