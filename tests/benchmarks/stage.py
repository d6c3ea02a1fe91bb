"""What every benchmark stands on: real servers with durable settings, devices and routes."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import attrs
import mqtt5
import trio_asyncio

from pulse_router.api.access.tokens import issue_token
from pulse_router.embedded.mosquitto import MosquittoServer, prepare_broker
from pulse_router.embedded.ports import choose
from pulse_router.embedded.postgres import PostgresServer, prepare_server
from pulse_router.stores.schema import migrate
from tests.support.apart import run_apart
from tests.support.servers.folders import make_reachable_folder, remove_folder

TOKEN = "benchmark-device-token"
SECRET = "benchmark-secret-of-at-least-32-bytes"
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@attrs.define
class Stage:
    """Running servers; each contender gets a fresh database."""

    postgres: PostgresServer
    mosquitto: MosquittoServer
    folder: Path
    databases: int = 0

    def admin_url(self, database: str) -> str:
        """A URL as the superuser."""
        return self.postgres.url(database)

    def login_url(self, database: str) -> str:
        """A URL as the router has it."""
        return self.postgres.url(database, user="iot", password="iot")

    def create_database(self) -> str:
        """Make a fresh database with our tables."""
        self.databases += 1
        name = f"bench_{self.databases}"
        self.postgres.psql("postgres", f"CREATE DATABASE {name}")

        async def make_tables() -> None:
            async with trio_asyncio.open_loop():
                await migrate(self.admin_url(name), login_role="iot")

        run_apart(make_tables)
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, and the broker's session of the router that worked on it.

        A broker that keeps floods for those who are gone is soon busy with nothing else.
        """
        self.postgres.psql("postgres", f"DROP DATABASE {name} WITH (FORCE)")
        with socket.create_connection(("127.0.0.1", self.mosquitto.port)) as connection:
            connection.sendall(mqtt5.ConnectPacket(name, clean_start=True).write())
            connection.recv(4096)

    def add_devices(self, database: str, count: int, *, tenant: str = "TENANT1") -> None:
        """Register the devices that the publisher speaks for."""
        token_hash = hashlib.sha256(TOKEN.encode()).hexdigest()
        self.postgres.psql(
            database,
            "INSERT INTO devices (tenant_id, device_id, site_id, provision_token_hash)"
            f" SELECT '{tenant}', 'DEV-' || to_char(n, 'FM00000'), 'SITE-1', '\\x{token_hash}'"
            f" FROM generate_series(0, {count - 1}) AS n",
        )

    def add_routes(
        self,
        database: str,
        count: int,
        topic_filter: str,
        config: str = "{}",
        *,
        tenant: str = "TENANT1",
    ) -> None:
        """Add webhook routes; `{n}` in the topic filter becomes the route's number."""
        self.postgres.psql(
            database,
            "INSERT INTO message_routes"
            " (tenant_id, name, topic_filter, destination_type, destination_config)"
            f" SELECT '{tenant}', 'route ' || n, replace('{topic_filter}', '{{n}}', n::text),"
            f" 'webhook', '{config}' FROM generate_series(1, {count}) AS n",
        )

    def count(self, database: str, table: str) -> int:
        """Count rows."""
        return int(self.postgres.psql(database, f"SELECT count(*) FROM {table}"))


@contextmanager
def open_stage() -> Iterator[Stage]:
    """Start PostgreSQL and mosquitto in a fresh folder; stop and remove them in the end."""
    folder = make_reachable_folder("benchmark")
    for name in ("postgres", "mosquitto"):
        (folder / name).mkdir(mode=0o711)
    postgres = prepare_server(folder / "postgres")
    mosquitto = prepare_broker(folder / "mosquitto", port=choose(None))
    try:
        run_apart(postgres.start)
        run_apart(mosquitto.start)
        stage = Stage(postgres, mosquitto, folder)
        postgres.psql("postgres", "CREATE ROLE iot LOGIN PASSWORD 'iot'")
        yield stage
    finally:
        run_apart(mosquitto.stop)
        run_apart(postgres.stop)
        remove_folder(folder)


@attrs.frozen
class Usage:
    """What a process has used."""

    cpu_seconds: float
    peak_megabytes: float

    @classmethod
    def of(cls, pid: int) -> Usage:
        """Read it from the kernel."""
        status = Path(f"/proc/{pid}/status").read_text()
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return cls(_cpu_seconds(pid), int(peak.split()[1]) / 1024)


def cpu_of_servers(postgres: PostgresServer) -> float:
    """Tell how many seconds PostgreSQL's processes have used, those that have ended included."""
    postmaster = int(postgres.pid_file.read_text().split()[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return _cpu_seconds(postmaster, with_ended=True) + sum(map(_cpu_seconds, map(int, children)))


def _cpu_seconds(pid: int, *, with_ended: bool = False) -> float:
    """Read from the kernel what a process has used, and its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):  # it has ended just now
        return 0.0
    return sum(map(int, fields[11 : 15 if with_ended else 13])) / CLOCK_TICKS


@contextmanager
def running(
    argv: Sequence[str], *, ready: str, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run a Python process until the block ends; enter it once a line holds `ready`."""
    process = subprocess.Popen(
        [sys.executable, *argv],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None if environment is None else subprocess.STDOUT,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if ready in line:
                break
        else:
            raise SystemExit(f"{argv[0]} ended before it was ready")
        yield process
    finally:
        process.kill()
        process.communicate()


def serving(
    stage: Stage, database: str, port: int, more: Mapping[str, str] | None = None
) -> AbstractContextManager[subprocess.Popen[str]]:
    """Run a router until it has subscribed; `more` are further settings."""
    environment = {
        "PULSE_MQTT_HOST": "127.0.0.1",
        "PULSE_MQTT_PORT": str(stage.mosquitto.port),
        "PULSE_MQTT_CLIENT_ID": database,
        "PULSE_DATABASE_URL": stage.login_url(database),
        "PULSE_HTTP_BIND": f"127.0.0.1:{port}",
        "PULSE_AUTH_SECRET": SECRET,
        "PULSE_LOG_FORMAT": "json",
        **(more or {}),
    }
    ready = '"mqtt", "event": "a part is ready"'
    return running(["-m", "pulse_router", "serve"], ready=ready, environment=environment)


def customer_token() -> str:
    """A token of the tenant that the benchmarks are of."""
    return issue_token(
        SECRET, tenant="TENANT1", roles=["customer"], expires_seconds=3600, now=time.time()
    )


def wait_for_rows(stage: Stage, database: str, count: int) -> float:
    """Wait until `count` messages are stored, as themselves or as rejected ones.

    Returns:
        The monotonic time when they were.
    """
    stored = "(SELECT count(*) FROM telemetry)"
    # Of the rejected ones not all are kept.
    rejected = "(SELECT coalesce(sum(rejected), 0) FROM ingest_batches)"
    pruned = "(SELECT coalesce(sum(value), 0) FROM pulse_ledger_totals() WHERE name = 'rejected')"
    ends = f"SELECT {stored} + {rejected} + {pruned}"
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        if int(stage.postgres.psql(database, ends)) >= count:
            return time.monotonic()
        time.sleep(0.1)
    raise SystemExit(f"only {stage.postgres.psql(database, ends)} of {count} messages arrived")
