"""A mosquitto broker in a folder: configured, started or adopted, and stopped.

Knows the broker's program and files; does not know who speaks to it.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import attrs

from pulse_router.embedded import ports, processes
from pulse_router.embedded.accounts import account_for_children, give_folder, prepare_folder
from pulse_router.embedded.processes import ChildFailed, StopSteps
from pulse_router.embedded.servers import EmbeddedServer, first_byte_of_answer, running

READY_WITHIN_SECONDS = 30.0
ANSWER_WITHIN_SECONDS = 3.0
STOP_STEPS = ((signal.SIGTERM, 5.0), (signal.SIGKILL, 2.0))
# Debian keeps daemons where an ordinary user's PATH does not lead.
EXTRA_PATH = "/usr/local/sbin:/usr/sbin:/sbin"
# An MQTT 3.1.1 CONNECT with a clean session and no client id, and the first byte of its answer.
PROBE = b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00"
CONNACK = b"\x20"


def find_mosquitto() -> Path:
    """The broker's program.

    Raises:
        ChildFailed: It is not installed.
    """
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', os.defpath)}:{EXTRA_PATH}")
    if found is None:
        raise ChildFailed("mosquitto is not installed: apt install mosquitto")
    return Path(found)


def profile_path() -> Path:
    """The broker profile that pulse-router ships."""
    package = Path(__file__).resolve().parent.parent
    # In a wheel the profiles lie inside the package, in a checkout beside it.
    for folder in (package / "config", package.parent / "config"):
        if (folder / "mosquitto.conf").exists():
            return folder / "mosquitto.conf"
    raise ChildFailed("config/mosquitto.conf is missing from the installation: install it again")


@attrs.define(eq=False, kw_only=True)
class MosquittoServer(EmbeddedServer):
    """A broker whose store lies in `folder`. One owner at a time.

    Args:
        folder: Holds its configuration, pid file, log, and `store`.
        port: The port it listens on, for IPv4 and IPv6 on this machine only.
        program: The broker's program.
        account: Whom it runs as; None for ourselves.
        or_another_port: Whether to take another port where that one is taken.
        extra_lines: Configuration in addition to the profile.
    """

    port: int
    program: Path
    or_another_port: bool = False
    extra_lines: Sequence[str] = ()

    @property
    def config(self) -> Path:
        """The configuration, which also tells our broker from others."""
        return self.folder / "mosquitto.conf"

    @property
    def pid_file(self) -> Path:
        """Written by us: mosquitto writes one only when it runs as a daemon."""
        return self.folder / "mosquitto.pid"

    @property
    def stop_steps(self) -> StopSteps:
        """SIGTERM makes it save its store before it ends."""
        return STOP_STEPS

    @property
    def name(self) -> str:
        """What people call it."""
        return "mosquitto"

    @property
    def log(self) -> Path:
        """What the broker says."""
        return self.folder / "mosquitto.log"

    async def start(self) -> None:
        """Start the broker, or adopt a living one.

        Raises:
            ChildFailed: It is not ready in time.
            FolderUnsuitable: The folder cannot be used by the account.
        """
        prepare_folder(self.folder, self.account)
        give_folder(self.folder / "store", self.account)
        if await self._adopt(ANSWER_WITHIN_SECONDS):
            return
        if self.or_another_port:
            self.port = ports.choose(self.port, ports.loopback_hosts())
        self._configure()
        argv = [str(self.program), "-c", str(self.config)]
        process = processes.start(argv, account=self.account, log=self.log)
        self.pid_file.write_text(f"{process.pid}\n")
        await self._become_ready(process, READY_WITHIN_SECONDS)

    async def kill(self) -> None:
        """Kill the broker, as a crash or a power cut would."""
        await self._stop(STOP_STEPS[-1:])

    async def _is_ready(self) -> bool:
        return await _answers(self.port)

    def _is_ours(self, argv: Sequence[str]) -> bool:
        return bool(argv) and Path(argv[0]).name == "mosquitto" and str(self.config) in argv

    def _recall_port(self) -> None:
        for line in self.config.read_text().splitlines():
            words = line.split()
            if words[:1] == ["listener"]:
                self.port = int(words[1])
                return
        raise ChildFailed(f"{self.config} names no listener")

    def _configure(self) -> None:
        store = self.folder / "store"
        lines = [
            profile_path().read_text(),
            "# From here on: what the embedded broker adds to the profile.",
            f"persistence_location {store}/",
            "log_dest stderr",
            "allow_anonymous true",
            *(f"listener {self.port} {host}" for host in ports.loopback_hosts()),
            *self.extra_lines,
        ]
        self.config.write_text("\n".join(lines) + "\n")
        self.config.chmod(0o644)


@asynccontextmanager
async def open_mosquitto(
    folder: Path, *, port: int, or_another_port: bool = False
) -> AsyncIterator[MosquittoServer]:
    """Run a broker whose store lies in `folder`, and stop it in the end.

    The caller makes sure that nobody else does so at the same time.

    Args:
        folder: Where the store is; made when there is none.
        port: The port for IPv4 and IPv6 on this machine; one that was adopted keeps its own.
        or_another_port: Whether to take another port where that one is taken.

    Raises:
        ChildFailed: It cannot be started.
        FolderUnsuitable: The folder cannot be used.
    """
    server = prepare_broker(folder, port=port)
    server.or_another_port = or_another_port
    async with running(server):
        yield server


def prepare_broker(folder: Path, *, port: int) -> MosquittoServer:
    """Find program and account for a broker in `folder`; nothing runs yet.

    Raises:
        ChildFailed: The broker is not installed.
        FolderUnsuitable: There is no account to run as.
    """
    return MosquittoServer(
        folder=folder.resolve(),
        port=port,
        program=find_mosquitto(),
        account=account_for_children(),
    )


async def _answers(port: int) -> bool:
    # A broker that is there but not serving does not answer a CONNECT.
    return await first_byte_of_answer(port, PROBE) == CONNACK
