"""Runs `pulse-router demo` as a newcomer would, in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from pulse_router.embedded.ports import find_free
from tests.support.folders import make_reachable_folder, remove_folder

COMMAND = (sys.executable, "-m", "pulse_router")
READY_WITHIN_SECONDS = 90


def clean_environment() -> dict[str, str]:
    """An environment without our variables, as a newcomer has it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PULSE_")}
    for name in ("DATABASE_URL", "NATS_URL", "MQTT_HOST", "MQTT_PORT"):
        kept.pop(name, None)
    return kept


@attrs.define
class Demo:
    """A demo in a folder; it can be stopped, killed and started again."""

    folder: Path
    http_port: int
    mqtt_port: int
    arguments: tuple[str, ...] = ()
    process: subprocess.Popen[str] | None = None
    output: list[str] = attrs.field(factory=list)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.http_port}"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def text(self) -> str:
        return "".join(self.output)

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
        self.process = subprocess.Popen(
            [
                *COMMAND,
                "demo",
                f"--data={self.folder}",
                f"--http-port={self.http_port}",
                f"--mqtt-port={self.mqtt_port}",
                *self.arguments,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=clean_environment(),
        )
        ready = threading.Event()
        threading.Thread(target=self._read, args=(self.process, ready), daemon=True).start()
        if not ready.wait(READY_WITHIN_SECONDS):
            self.kill()
        elif any(line.startswith("ready: ") for line in self.output):
            return
        self.process.wait(10)
        raise AssertionError(f"the demo did not become ready:\n{self.text}")

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ask it to stop; returns its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(30)

    def kill(self) -> None:
        """`kill -9`; its children live on."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def _read(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self.output.append(line)
                if line.startswith("ready: "):
                    ready.set()
        ready.set()


@contextmanager
def open_demo(*arguments: str) -> Iterator[Demo]:
    """Run a demo on free ports, in a fresh folder, removed in the end."""
    folder = make_reachable_folder("demo")
    demo = Demo(folder, http_port=find_free(), mqtt_port=find_free(), arguments=arguments)
    try:
        demo.start()
        yield demo
    finally:
        if demo.process is not None and demo.process.poll() is None:
            demo.stop()
        remove_folder(folder)


def run_cli(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a `pulse-router` command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        env=clean_environment(),
        timeout=60,
        check=True,
    )
