"""Where delivery is measured: a router on a fresh database, and an endpoint in its own process."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import attrs

from tests.benchmarks.stage import TOKEN, Stage, running, serving

DEVICES = 20
PAYLOAD = json.dumps({"site_id": "SITE-1", "metrics": {"temperature": 21.5, "battery": 90}})
"""What a delivery of the backlog holds."""


@attrs.define
class Endpoint:
    """A process that answers webhooks, and knows what it got."""

    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.ask("port"))

    def ask(self, question: str) -> str:
        """Ask it something by a line."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def latencies(self) -> list[float]:
        """How many milliseconds each message took since it was published; then it forgets them."""
        return [float(value) for value in self.ask("latencies").split()]

    def wait_for(self, count: int) -> None:
        """Wait until that many messages have arrived at `/plain`."""
        deadline = time.monotonic() + 300
        while int(self.ask("count")) < count:
            if time.monotonic() > deadline:
                raise SystemExit(f"only {self.ask('count')} of {count} webhooks arrived")
            time.sleep(0.01)


@attrs.frozen
class Site:
    """A router's database and its endpoint, before the router starts."""

    stage: Stage
    endpoint: Endpoint
    database: str

    @property
    def port(self) -> int:
        """Where the endpoint listens."""
        return self.endpoint.port

    def add_routes(self, count: int, topic_filter: str, path: str, **config: object) -> None:
        """Add webhook routes to a path of the endpoint."""
        url = f"http://127.0.0.1:{self.port}/{path}"
        self.add_routes_to(url, count, topic_filter, config)

    def add_routes_to(
        self, url: str, count: int, topic_filter: str, config: Mapping[str, object] | None = None
    ) -> None:
        """Add webhook routes to a URL of this machine."""
        written = json.dumps({"url": url, **(config or {})})
        self.stage.add_routes(self.database, count, topic_filter, written)

    def sign_routes(self) -> None:
        """Give every route a secret, so that its webhooks are signed."""
        secrets = json.dumps(["a-secret-to-sign-webhooks-with-1"])
        self.stage.postgres.psql(self.database, f"UPDATE message_routes SET secrets = '{secrets}'")

    def enable_routes(self, *, on: bool) -> None:
        """Let every route deliver, or none."""
        self.stage.postgres.psql(self.database, f"UPDATE message_routes SET is_enabled = {on}")

    def add_backlog(self, count: int) -> None:
        """Put deliveries of route 1 into the queue."""
        self.stage.postgres.psql(
            self.database,
            "INSERT INTO route_deliveries (id, tenant_id, route_id, device_id, topic, payload,"
            " event_id, event_time) SELECT n, 'TENANT1', 1, 'DEV-00001',"
            f" 'tenant/TENANT1/device/DEV-00001/telemetry', '{PAYLOAD}', n, now()"
            f" FROM generate_series(1, {count}) AS n",
        )
        # A backlog that has lain for a while; or the server would still be busy with it.
        self.stage.postgres.psql(self.database, "VACUUM ANALYZE route_deliveries")
        self.stage.postgres.psql(self.database, "CHECKPOINT")

    def router(self, **settings: str) -> AbstractContextManager[subprocess.Popen[str]]:
        """Run the router, with further settings."""
        more = {"PULSE_DELIVERY_ALLOW_NETWORKS": "127.0.0.0/8,::1/128", **settings}
        return serving(self.stage, self.database, 0, more)

    def publish(
        self, count: int, rate: float, *, program: str = "steady", tenant: str | None = None
    ) -> float:
        """Publish, for `TENANT1` or another, and wait until the broker has acknowledged all of it.

        Returns:
            When it began, by the monotonic clock.
        """
        argv = [
            f"tests.benchmarks.{program}",
            self.stage.mosquitto.port,
            count,
            DEVICES,
            TOKEN,
            rate,
            *([tenant] if tenant else []),
        ]
        with running(["-m", *map(str, argv)], ready="ready") as publisher:
            assert publisher.stdin is not None
            assert publisher.stdout is not None
            publisher.stdin.write("go\n")
            publisher.stdin.flush()
            start = time.monotonic()
            publisher.stdout.readline()
            return start


@contextmanager
def open_endpoint(certificate: Path | None = None) -> Iterator[Endpoint]:
    """Start an endpoint in a process of its own; with a certificate it speaks TLS."""
    argv = ["-m", "tests.benchmarks.endpoint", *([str(certificate)] if certificate else [])]
    with running(argv, ready="ready") as process:
        yield Endpoint(process)


@contextmanager
def open_site(stage: Stage, *, certificate: Path | None = None) -> Iterator[Site]:
    """Make a fresh database with devices, and start an endpoint."""
    database = stage.create_database()
    stage.add_devices(database, DEVICES)
    with open_endpoint(certificate) as endpoint:
        yield Site(stage, endpoint, database)
    stage.drop_database(database)
