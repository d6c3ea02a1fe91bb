"""Children of this process that outlive its violent death, and are found again by pid files.

Knows processes and signals; does not know what the programs do. PR_SET_PDEATHSIG is not used:
it fires when the thread that spawned ends, and Trio's threads end when idle.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import attrs
import trio

from pulse_router.domain.errors import PulseError
from pulse_router.embedded.accounts import Account
from pulse_router.embedded.pidfds import open_pidfd, send_signal

POLL_SECONDS = 0.02
LOG_TAIL_BYTES = 2_000
LOG_LIMIT_BYTES = 10 * 1024 * 1024

# Signals in the order of rising force, each with the seconds that it is given to work.
StopSteps = Sequence[tuple[signal.Signals, float]]


class ChildFailed(PulseError):
    """A child did not start, or did not become ready; the message says what it logged."""


@attrs.define(eq=False)
class ChildProcess:
    """A process that we started, or one of an earlier life that we adopted.

    It is held by a pidfd, so that a signal can never hit a stranger with a reused pid.
    """

    pid: int
    adopted: bool
    _pidfd: int
    _popen: subprocess.Popen[bytes] | None = None

    def is_running(self) -> bool:
        """Tell whether it has not exited."""
        if self._pidfd < 0:
            return False
        # A pidfd is readable when the process has exited, a zombie included.
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)
        return not poll.poll(0)

    def send(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens when the process is gone."""
        if self._pidfd < 0:
            return
        try:
            send_signal(self._pidfd, number)
        except ProcessLookupError:
            return

    async def wait_exited(self) -> None:
        """Wait until it has exited."""
        if self._pidfd >= 0:
            await trio.lowlevel.wait_readable(self._pidfd)
        self._reap()

    async def stop(self, steps: StopSteps) -> None:
        """Stop it: send each signal in turn and give it so many seconds, until it has exited.

        Raises:
            ChildFailed: It outlived all of them.
        """
        try:
            for number, seconds in steps:
                self.send(number)
                with trio.move_on_after(seconds):
                    await self.wait_exited()
                    return
        finally:
            self.close()
        raise ChildFailed(
            f"process {self.pid} does not end; look at what holds it (ps -p {self.pid})"
        )

    async def become_ready(
        self,
        is_ready: Callable[[], Awaitable[bool]],
        *,
        within_seconds: float,
        log: Path,
        stop_steps: StopSteps,
    ) -> None:
        """Wait until it is ready; stop it when it is not in time, or when we are cancelled.

        Raises:
            ChildFailed: It ended, or is not ready in time.
        """
        ready = False
        try:
            with trio.move_on_after(within_seconds):
                while not await is_ready():
                    if not self.is_running():
                        raise ChildFailed(f"a child ended at its start: {log_tail(log)}")
                    await trio.sleep(POLL_SECONDS)
                ready = True
        finally:
            if not ready:
                with trio.CancelScope(shield=True):
                    await self.stop(stop_steps)
        if not ready:
            raise ChildFailed(f"a child is not ready after {within_seconds:.0f} s; see {log}")

    def close(self) -> None:
        """Let go of the process, which may run on."""
        self._reap()
        if self._pidfd >= 0:
            os.close(self._pidfd)
            self._pidfd = -1

    def _reap(self) -> None:
        if self._popen is not None:
            self._popen.poll()


def start(argv: Sequence[str], *, account: Account | None, log: Path) -> ChildProcess:
    """Start a program in a session of its own, its output appended to `log`.

    In a session of its own it does not hear the terminal's Ctrl-C: we stop it, in our order.

    Raises:
        ChildFailed: It cannot be started.
    """
    _turn_log_over(log)
    try:
        with log.open("ab") as output:
            popen = subprocess.Popen(  # noqa: S603 - argv is ours, and no shell reads it
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=clean_environment(),
                start_new_session=True,
                umask=0o077,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
    except OSError as error:
        raise ChildFailed(f"cannot start {argv[0]}: {error.strerror}") from error
    return ChildProcess(popen.pid, adopted=False, pidfd=open_pidfd(popen.pid), popen=popen)


def adopt(pid: int, is_ours: Callable[[Sequence[str]], bool]) -> ChildProcess | None:
    """Take up a living process when its command line is one of ours.

    Returns:
        None when there is no such process, or it is somebody else's.
    """
    if pid <= 0:
        return None
    try:
        pidfd = open_pidfd(pid)
    except OSError:
        return None
    # Read after the pidfd is open: from here on the pid cannot pass to another process unseen.
    if is_ours(command_line(pid)):
        found = ChildProcess(pid, adopted=True, pidfd=pidfd)
        if found.is_running():
            return found
    os.close(pidfd)
    return None


def command_line(pid: int) -> list[str]:
    """The arguments a process was started with; empty when it is gone or a zombie."""
    try:
        content = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return [os.fsdecode(argument) for argument in content.split(b"\0")[:-1]]


async def wait_reaped(pid: int) -> None:
    """Wait while a process is a zombie whose parent has not asked for its status yet."""
    while _is_zombie(pid):  # noqa: ASYNC110 - the kernel has no event for this
        await trio.sleep(POLL_SECONDS)


def _is_zombie(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    # The state follows the name, which is in parentheses and may hold anything.
    return status.rpartition(")")[2].split()[:1] == ["Z"]


def read_pid(path: Path) -> int:
    """The pid on the first line of a pid file; 0 when there is none."""
    try:
        first = path.read_text().partition("\n")[0].strip()
    except OSError:
        return 0
    return int(first) if first.isdecimal() else 0


def log_tail(log: Path) -> str:
    """The last lines of a log, for an error message."""
    try:
        content = log.read_bytes()
    except OSError:
        return ""
    return content[-LOG_TAIL_BYTES:].decode(errors="replace").strip()


def run(
    argv: Sequence[str],
    *,
    account: Account | None = None,
    given: str = "",
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a program to its end, blocking the thread.

    Args:
        argv: The program and its arguments.
        account: Whom it runs as; None for ourselves.
        given: What it reads from its standard input.
        environment: Variables in addition to the clean ones.

    Returns:
        What it printed.

    Raises:
        ChildFailed: It cannot be started, or failed; the message is what it complained.
    """
    try:
        done = subprocess.run(  # noqa: S603 - argv is ours, and no shell reads it
            argv,
            input=given.encode(),
            capture_output=True,
            check=False,
            cwd="/",
            env={**clean_environment(), **(environment or {})},
            umask=0o077,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except OSError as error:
        raise ChildFailed(f"cannot start {argv[0]}: {error.strerror}") from error
    if done.returncode != 0:
        complaint = done.stderr.decode(errors="replace").strip()
        raise ChildFailed(f"{Path(argv[0]).name}: {complaint}")
    return done.stdout.decode(errors="replace").strip()


def clean_environment() -> Mapping[str, str]:
    """What a child gets to see: nothing of ours but the path and the time zone's name."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _turn_log_over(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))
