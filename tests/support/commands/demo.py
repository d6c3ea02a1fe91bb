"""Runs `pulse-router demo` as a newcomer would, in a process of its own."""

from __future__ import annotations

import re
import signal
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from pulse_router.embedded.ports import find_free
from tests.support.commands.process import CommandProcess, run_cli
from tests.support.servers.folders import make_reachable_folder, remove_folder

READY_WITHIN_SECONDS = 90


@attrs.define
class Demo(CommandProcess):
    """A demo in a folder; it can be stopped, killed and started again."""

    folder: Path
    http_port: int
    mqtt_port: int
    arguments: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.http_port}"

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that the demo has written."""
        return tomllib.loads((self.folder / "pulse-router.toml").read_text())

    @property
    def database_url(self) -> str:
        return str(self.settings["database"]["url"])

    @property
    def device_token(self) -> str:
        """The token of DEV-001, read from the command that the demo prints."""
        found = re.search(r'DEV-001/telemetry.*?"provision_token":"([^"]+)"', self.text, re.DOTALL)
        assert found is not None, self.text
        return found.group(1)

    def token(self, role: str = "customer", tenant: str = "TENANT1") -> str:
        """A token, made by the command line."""
        return run_cli(
            "token", "--tenant", tenant, "--role", role, "--data", str(self.folder)
        ).stdout.strip()

    def start(self) -> None:
        """Start it, and wait until it says that it is ready."""
        self.output.clear()
        ready = threading.Event()

        def hear(line: str | None) -> None:
            if line is None or line.startswith("ready: "):
                ready.set()

        self.launch(
            "demo",
            f"--data={self.folder}",
            f"--http-port={self.http_port}",
            f"--mqtt-port={self.mqtt_port}",
            *self.arguments,
            heard=hear,
        )
        if not ready.wait(READY_WITHIN_SECONDS):
            self.kill()
        elif any(line.startswith("ready: ") for line in self.output):
            return
        self.wait()
        raise AssertionError(f"the demo did not become ready:\n{self.text}")


@contextmanager
def open_demo(*arguments: str) -> Iterator[Demo]:
    """Run a demo on free ports, in a fresh folder, removed in the end."""
    folder = make_reachable_folder("demo")
    demo = Demo(folder, http_port=find_free(), mqtt_port=find_free(), arguments=arguments)
    try:
        demo.start()
        yield demo
    finally:
        if demo.is_running:
            demo.stop(signal.SIGINT)
        remove_folder(folder)
