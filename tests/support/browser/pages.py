"""Goes through the console's pages within one document, as who follows its links does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

_FOLLOW = """address => {
  window.leftHeading = document.querySelector("main h1");
  const link = document.createElement("a");
  link.href = address;
  document.body.append(link);
  link.click();
  link.remove();
}"""

_HAS_COME = """address => {
  const heading = document.querySelector("main h1");
  return location.href === address && heading !== null && heading !== window.leftHeading
    && !document.querySelector("main .skeleton, main [aria-busy=true]");
}"""

_IS_SETTLED = "() => !document.querySelector('main .skeleton, main [aria-busy=true]')"


def go_to(page: Page, address: str) -> None:
    """Follow a link of the console, and wait until all that the page reads is there."""
    page.evaluate(_FOLLOW, address)
    page.wait_for_function(_HAS_COME, arg=address)


def walk(page: Page, base: str, paths: Iterable[str]) -> Iterator[str]:
    """Go to each page, and on it to each of its tabs; give what is shown, for a sentence."""
    for path in paths:
        go_to(page, f"{base}/console{path}")
        yield path
        tabs = page.get_by_role("tab")
        for at in range(1, tabs.count()):
            tabs.nth(at).click()
            page.wait_for_function(_IS_SETTLED)
            yield f"{path}: {tabs.nth(at).inner_text()}"


def apart(paths: list[str]) -> list[str]:
    """Put addresses that one page serves away from each other: only a new heading tells of it."""
    return [*paths[::3], *paths[1::3], *paths[2::3]]
