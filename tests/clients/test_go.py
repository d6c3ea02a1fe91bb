"""What we send is genuine to the Go library of Standard Webhooks; run by `make clients`."""

from __future__ import annotations

import shutil
from pathlib import Path

import trio

from tests.support.delivery.verifying import expected, forms, judged, known_secrets, now
from tests.support.servers.listening import open_listening

FOLDER = Path(__file__).parent / "go"


async def test_the_library_takes_every_form_of_secret(tmp_path: Path) -> None:
    go = shutil.which("go")
    assert go is not None, "Go is not installed"
    program = tmp_path / "receiver"
    with trio.fail_after(300):
        await trio.run_process([go, "build", "-o", str(program), "."], cwd=FOLDER)
    shown = forms(now())
    async with open_listening(str(program), known_secrets(shown)) as server:
        assert await judged(server.port, shown) == expected(shown)
