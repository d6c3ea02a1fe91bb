"""A primary and a standby that confirms each commit: either is killed, and the other promoted."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import attrs

from pulse_router.embedded import processes
from pulse_router.embedded.postgres import SUPERUSER
from tests.support.servers.clusters import prepared_cluster, running_cluster, start
from tests.support.servers.postgres import LOGIN_PASSWORD, LOGIN_ROLE, PostgresForTests

FOLLOWS_WITHIN_SECONDS = 30
FOLLOWERS = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"


@attrs.define
class Pair:
    """Two servers, of which one follows the other."""

    primary: PostgresForTests
    standby: PostgresForTests

    def login_url(self, database: str) -> str:
        """A URL of both, whoever is the primary."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in sorted(self._ports()))
        login = f"{LOGIN_ROLE}:{LOGIN_PASSWORD}"
        return f"postgresql://{login}@{hosts}/{database}?target_session_attrs=read-write"

    def follow(self) -> None:
        """Make the standby a copy of the primary, which waits for it with each commit from now on.

        Blocks the thread.

        Raises:
            TimeoutError: It does not follow.
        """
        _copy(self.primary, self.standby)
        _set(self.primary, "ALTER SYSTEM SET synchronous_standby_names = '*'")
        until = monotonic() + FOLLOWS_WITHIN_SECONDS
        while self.primary.psql("postgres", FOLLOWERS) != "1":
            if monotonic() > until:
                raise TimeoutError("the standby does not follow")
            sleep(0.05)

    def fail_over(self) -> None:
        """Kill the primary, and promote the standby. Blocks the thread."""
        os.kill(self.primary.pid, signal.SIGKILL)
        self.primary.stop()
        self.primary, self.standby = self.standby, self.primary
        # It was copied from one that waits for a standby, and has none.
        _set(self.primary, "ALTER SYSTEM RESET synchronous_standby_names")
        self.primary.psql("postgres", "SELECT pg_promote()")

    def _ports(self) -> Iterator[int]:
        for each in (self.primary, self.standby):
            yield each.port or each.server.wanted_port or 0


def _set(postgres: PostgresForTests, sql: str) -> None:
    postgres.psql("postgres", sql)
    postgres.psql("postgres", "SELECT pg_reload_conf()")


def _copy(primary: PostgresForTests, standby: PostgresForTests) -> None:
    ours, theirs = standby.server, primary.server
    if ours.data.exists():
        shutil.rmtree(ours.data)
    target = Path(ours.folder, "data")
    target.mkdir(mode=0o700)
    if ours.account is not None:
        shutil.chown(target, ours.account.uid, ours.account.gid)
    argv = [
        *(str(ours.programs / "pg_basebackup"), "--pgdata", str(target)),
        *("--host", "127.0.0.1", "--port", str(theirs.port), "--username", SUPERUSER),
        *("--checkpoint", "fast", "--wal-method", "stream", "--write-recovery-conf", "--no-sync"),
    ]
    processes.run(argv, account=ours.account, environment={"PGPASSWORD": theirs.password})
    secret = ours.folder / "password"
    secret.write_text(theirs.password)
    secret.chmod(0o600)
    start(standby)


@contextmanager
def running_pair() -> Iterator[Pair]:
    """Run a primary with a standby for a block."""
    with running_cluster() as primary, prepared_cluster() as standby:
        pair = Pair(primary, standby)
        pair.follow()
        yield pair
