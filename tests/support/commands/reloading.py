"""A router whose settings are in a file, and are read again."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from pulse_router.api.access.tokens import issue_token
from tests.support.commands.router import SECRET, TENANT, World
from tests.support.waiting import wait_until

ROUTES = "/api/v1/customer/message-routes"


class Reloadable:
    """A router that has its settings from a file."""

    def __init__(self, world: World, path: Path) -> None:
        self.world, self.path = world, path

    def write(self, text: str = "", *, secret: str = SECRET, mqtt: str = "") -> None:
        given = self.world.router.environment
        self.path.write_text(
            f'[auth]\nsecret = "{secret}"\n'
            f'[mqtt]\nhost = "127.0.0.1"\nport = {given["PULSE_MQTT_PORT"]}\n{mqtt}'
            f'[database]\nurl = "{given["PULSE_DATABASE_URL"]}"\n'
            f'[http]\nbind = "127.0.0.1:{self.world.router.http_port}"\n{text}'
        )

    async def start(self) -> None:
        self.world.router.launch("serve", "--config", str(self.path))
        await self.world.router.wait_until_ready()

    async def reload(self, said: str = "the settings were read again") -> None:
        router = self.world.router
        before = router.text.count(said)
        assert router.process is not None
        router.process.send_signal(signal.SIGHUP)
        await wait_until(lambda: router.text.count(said) > before)
        assert router.is_running

    def ask(self, secret: str = SECRET, body: dict[str, object] | None = None) -> httpx2.Response:
        token = issue_token(
            secret,
            tenant=TENANT,
            roles=["customer_admin"],
            expires_seconds=3600,
            now=time.time(),
        )
        headers = {"Authorization": f"Bearer {token}"}
        url = self.world.router.url + ROUTES
        if body is not None:
            return httpx2.post(url, headers=headers, json=body, timeout=5)
        return httpx2.get(url, headers=headers, timeout=5)


@pytest.fixture
def reloadable(world: World, tmp_path: Path) -> Iterator[Reloadable]:
    made = Reloadable(world, tmp_path / "pulse-router.toml")
    made.write()
    yield made
    assert "Traceback" not in world.router.text
