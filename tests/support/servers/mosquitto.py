"""A real broker for tests, with the profile that pulse-router ships."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import attrs
import pytest

from pulse_router.embedded import ports
from pulse_router.embedded.mosquitto import MosquittoServer, prepare_broker
from tests.support.apart import run_apart
from tests.support.servers.folders import make_reachable_folder, remove_folder


@attrs.define(eq=False)
class TestBroker:
    """A mosquitto that a test may stop, kill and start again on the same port and store."""

    __test__: ClassVar[bool] = False

    server: MosquittoServer
    host: str = "localhost"

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def folder(self) -> Path:
        return self.server.folder

    @property
    def pid(self) -> int:
        assert self.server.process is not None, "the broker does not run"
        return self.server.process.pid

    def configure(self, *lines: str) -> None:
        """Add to the configuration that it is started with next."""
        self.server.extra_lines = [*self.server.extra_lines, *lines]

    def start(self) -> None:
        """Start it, and wait until it answers."""
        run_apart(self.server.start)

    def stop(self) -> None:
        """SIGTERM: it saves its store and ends."""
        run_apart(self.server.stop)

    def kill(self) -> None:
        """SIGKILL: what it has not saved is gone."""
        run_apart(self.server.kill)


@contextmanager
def prepared_broker() -> Iterator[TestBroker]:
    """A broker that is not started yet, stopped and removed after the block."""
    # It writes its whole store anew after each change, and outlives its kill as it does on a disk.
    folder = make_reachable_folder("mosquitto", in_memory=True)
    port = ports.find_free(ports.loopback_hosts())
    broker = TestBroker(prepare_broker(folder, port=port))
    try:
        yield broker
    finally:
        broker.stop()
        remove_folder(folder)


@pytest.fixture
def mosquitto() -> Iterator[TestBroker]:
    """A started broker with persistence, stopped and removed after the test."""
    with prepared_broker() as broker:
        broker.start()
        yield broker
