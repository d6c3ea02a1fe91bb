"""A build of the console in memory: what it is made of, and how it is found from every address."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pulse_router.console.console import Console, SignIn, origin_of
from pulse_router.console.site import MAX_DEPTH, SiteFolder, read_site
from tests.support.api.console import PAGE, SCRIPT, write_build


@pytest.mark.parametrize(
    ("below", "base"),
    [
        (None, "console/"),
        ("", "./"),
        ("routes", "./"),
        ("routes/1", "../"),
        ("routes/1/edit", "../../"),
        ("a/b/c/d/e/", "../../../../../"),
    ],
)
def test_the_page_names_its_files_from_where_it_is(
    tmp_path: Path, below: str | None, base: str
) -> None:
    page = read_site(write_build(tmp_path)).page(below)
    assert page is not None
    assert page.data == PAGE.replace(b"{base}", base.encode())


def test_an_address_that_is_deeper_than_any_page_has_none(tmp_path: Path) -> None:
    site = read_site(write_build(tmp_path))
    assert site.page("a/" * MAX_DEPTH) is not None
    assert site.page("a/" * (MAX_DEPTH + 1)) is None


def test_what_was_read_once_stays_whatever_is_written_later(tmp_path: Path) -> None:
    folder = SiteFolder(write_build(tmp_path))
    before = folder.current()
    write_build(tmp_path, page=b"another")
    os.utime(tmp_path / "index.html", (1, 1))
    assert folder.current() is before


def test_a_missing_build_is_found_once_it_is_there(tmp_path: Path) -> None:
    folder = SiteFolder(tmp_path / "dist")
    assert folder.current() is None
    write_build(tmp_path / "dist")
    site = folder.current()
    assert site is not None
    script = site.file("main-B2.js")
    assert script is not None
    assert (script.data, script.content_type) == (SCRIPT, "text/javascript; charset=utf-8")
    assert site.file("main-B2.js.gz") is None
    assert site.file("../index.html") is None


def test_a_build_that_is_watched_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    (tmp_path / ".watched").touch()
    folder = SiteFolder(write_build(tmp_path))
    before = folder.current()
    assert folder.current() is before
    write_build(tmp_path, page=b"another")
    os.utime(tmp_path / "index.html", (1, 1))
    after = folder.current()
    assert after is not None
    page = after.page("")
    assert page is not None
    assert page.data == b"another"
    (tmp_path / "index.html").unlink()  # a build is being written
    assert folder.current() is after


def test_the_policy_lets_the_page_ask_the_issuer_and_nobody_else() -> None:
    sign_in = SignIn(
        issuer="https://login.example.com/realms/plant",
        client_id="console",
        scopes=["openid"],
        token_endpoint="https://tokens.example.com:8443/token?tenant=1",
    )
    policy = Console(sign_in=lambda: sign_in).headers()["Content-Security-Policy"]
    directives = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert directives.pop("connect-src") == (
        "'self' https://login.example.com https://tokens.example.com:8443"
    )
    assert directives == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://localhost:8080/realms/plant", "http://localhost:8080"),
        ("https://[fe80::1]:8443/x", "https://[fe80::1]:8443"),
        ("https://user:secret@login.example.com/", "https://login.example.com"),
        ("https://one.example.com;script-src *", None),
        ("https://one.example.com 'unsafe-inline'/", None),
        ("https://[", None),
        ("plant", None),
        (None, None),
    ],
)
def test_an_address_that_is_no_plain_origin_stays_out_of_the_policy(
    url: str | None, origin: str | None
) -> None:
    assert origin_of(url) == origin
