"""A `pulse-router` command in a process of its own: started, heard, stopped and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping

import attrs

COMMAND = (sys.executable, "-m", "pulse_router")
STOPS_WITHIN_SECONDS = 30


def clean_environment() -> dict[str, str]:
    """An environment without our variables, as a newcomer has it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PULSE_")}
    for name in ("DATABASE_URL", "NATS_URL", "MQTT_HOST", "MQTT_PORT"):
        kept.pop(name, None)
    return kept


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


@attrs.define
class CommandProcess:
    """A command that can be stopped, killed and started again; what it prints is gathered."""

    process: subprocess.Popen[str] | None = attrs.field(default=None, init=False)
    output: list[str] = attrs.field(factory=list, init=False)
    _reader: threading.Thread | None = attrs.field(default=None, init=False)

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def text(self) -> str:
        return "".join(self.output)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def launch(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        heard: Callable[[str | None], None] | None = None,
    ) -> None:
        """Start it.

        Args:
            arguments: The command and its options.
            environment: Variables beside those of a clean environment.
            heard: Told of each line, and of the end of its output by None, in a thread.
        """
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=clean_environment() | dict(environment or {}),
        )
        self._reader = threading.Thread(target=self._read, args=(self.process, heard), daemon=True)
        self._reader.start()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; returns its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait for its end, and for all that it has printed; returns its exit status."""
        assert self.process is not None
        assert self._reader is not None
        status = self.process.wait(STOPS_WITHIN_SECONDS)
        self._reader.join(STOPS_WITHIN_SECONDS)
        return status

    def kill(self) -> None:
        """`kill -9`; children of its own live on."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def _read(
        self, process: subprocess.Popen[str], heard: Callable[[str | None], None] | None
    ) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self.output.append(line)
                if heard is not None:
                    heard(line)
        if heard is not None:
            heard(None)
