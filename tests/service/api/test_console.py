"""`/console` as it is served: for every address a page that works there, and nothing else."""

from __future__ import annotations

from pathlib import Path

import httpx2
import trio

from pulse_router import __version__
from pulse_router.console.console import Console, Demonstration, SignIn
from pulse_router.console.site import SiteFolder
from pulse_router.postgres.database import Database
from tests.support.api.console import SCRIPT, write_build
from tests.support.api.server import open_api

ISSUER = SignIn(
    issuer="https://login.example.com/realms/plant",
    client_id="pulse-console",
    scopes=["openid", "offline_access"],
    authorization_endpoint="https://login.example.com/auth",
    token_endpoint="https://login.example.com/token",
)


def console_of(folder: Path, **changes: object) -> Console:
    return Console(site=SiteFolder(folder).current, **changes)  # type: ignore[arg-type]


async def test_every_address_below_the_console_is_its_page(
    database: Database, nursery: trio.Nursery, tmp_path: Path
) -> None:
    console = console_of(write_build(tmp_path), sign_in=lambda: ISSUER)
    async with open_api(database, nursery, console=console) as api, api.client(None) as client:
        for path, base in (
            ("/console", "console/"),
            ("/console?tenant=T", "console/"),
            ("/console/", "./"),
            ("/console/dead-letters?status=FAILED&last=24h", "./"),
            ("/console/routes/7/edit", "../../"),
            ("/console/messages/a%2Fb", "../../"),
            ("/console/nothing/of/the/kind", "../../../"),
        ):
            page = await client.get(path)
            assert page.status_code == 200, path
            assert f'data-base="{base}"' in page.text
            headers = page.headers
            assert headers["Content-Type"] == "text/html; charset=utf-8"
            assert headers["Cache-Control"] == "no-cache"
            assert "'self' https://login.example.com;" in headers["Content-Security-Policy"]
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "no-referrer"
        too_deep = await client.get("/console/" + "x/" * 5000)
        posted = await client.post("/console")
    assert too_deep.status_code == 404
    assert posted.status_code == 405


async def test_the_page_is_sent_once_to_who_keeps_it(
    database: Database, nursery: trio.Nursery, tmp_path: Path
) -> None:
    console = console_of(write_build(tmp_path))
    async with open_api(database, nursery, console=console) as api, api.client(None) as client:
        first = await client.get("/console/routes")
        assert first.headers["Content-Encoding"] == "gzip"
        kept = {"If-None-Match": first.headers["ETag"]}
        again = await client.get("/console/routes", headers=kept)
        deeper = await client.get("/console/routes/1", headers=kept)
        plain = await client.get("/console/routes", headers={"Accept-Encoding": "identity"})
    assert (again.status_code, again.content) == (304, b"")
    assert "connect-src 'self';" in again.headers["Content-Security-Policy"]
    assert deeper.status_code == 200
    assert "Content-Encoding" not in plain.headers
    assert plain.content == first.content
    assert first.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"


async def test_a_file_never_changes_under_its_name(
    database: Database, nursery: trio.Nursery, tmp_path: Path
) -> None:
    console = console_of(write_build(tmp_path))
    async with open_api(database, nursery, console=console) as api, api.client(None) as client:
        script = await client.get("/console/assets/main-B2.js")
        refusing = {"Accept-Encoding": "gzip;q=0, br"}
        plain = await client.get("/console/assets/main-B2.js", headers=refusing)
        sheet = await client.get("/console/assets/theme-A1.css")
        for name in ("other.js", "", "main-B2.js.gz", "../index.html", "a/b.js", "%2e%2e%2findex"):
            missing = await client.get(httpx2.URL(f"http://{api.address}/console/assets/{name}"))
            assert missing.status_code in ({404} if name != "../index.html" else {200}), name
    for answer in (script, plain):
        assert answer.content == SCRIPT
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert script.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert "Content-Encoding" not in sheet.headers  # nothing lies beside it
    assert sheet.headers["Content-Type"] == "text/css; charset=utf-8"


async def test_the_root_leads_to_the_console_behind_any_prefix(
    database: Database, nursery: trio.Nursery, tmp_path: Path
) -> None:
    console = console_of(write_build(tmp_path))
    async with open_api(database, nursery, console=console) as api, api.client(None) as client:
        root = await client.get("/")
    assert root.status_code == 307
    assert root.headers["Location"] == "console"  # whatever stands before it


async def test_a_console_that_was_not_built_says_how_to_build_it(
    database: Database, nursery: trio.Nursery, tmp_path: Path
) -> None:
    console = console_of(tmp_path / "dist")
    async with open_api(database, nursery, console=console) as api, api.client(None) as client:
        for path in ("/console", "/console/", "/console/routes/1", "/console/assets/main-B2.js"):
            answer = await client.get(path)
            assert answer.status_code == 404
            assert "run `make console`" in answer.json()["detail"]
        assert (await client.get("/console/config")).status_code == 200
        write_build(tmp_path / "dist")
        assert (await client.get("/console")).status_code == 200


async def test_a_console_that_is_switched_off_is_nowhere(
    database: Database, nursery: trio.Nursery, tmp_path: Path
) -> None:
    console = console_of(write_build(tmp_path), is_enabled=False)
    paths = ("/", "/console", "/console/", "/console/routes", "/console/config")
    async with open_api(database, nursery, console=console) as api, api.client(None) as client:
        for path in (*paths, "/console/assets/main-B2.js"):
            answer = await client.get(path)
            assert answer.status_code == 404
            assert answer.json()["detail"] == (
                "The console is switched off here (console.enabled)."
            )


async def test_whoever_comes_is_told_how_to_sign_in(
    database: Database, nursery: trio.Nursery
) -> None:
    plain = {"version": __version__, "label": None, "colour": None, "issuer": None, "demo": None}
    async with open_api(database, nursery) as api, api.client(None) as client:
        assert (await client.get("/console/config")).json() == plain
    console = Console(
        label="Plant 3",
        colour="#b3261e",
        sign_in=lambda: ISSUER,
        demonstration=Demonstration("http://localhost:9999/hook"),
    )
    async with open_api(database, nursery, console=console) as api, api.client(None) as client:
        assert (await client.get("/console/config")).json() == {
            "version": __version__,
            "label": "Plant 3",
            "colour": "#b3261e",
            "issuer": {
                "issuer": "https://login.example.com/realms/plant",
                "client_id": "pulse-console",
                "scopes": ["openid", "offline_access"],
                "authorization_endpoint": "https://login.example.com/auth",
                "token_endpoint": "https://login.example.com/token",
                "end_session_endpoint": None,
                "problem": None,
            },
            "demo": {"sink_url": "http://localhost:9999/hook"},
        }
