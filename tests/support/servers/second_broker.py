"""A second real broker, which `make brokers` builds: mochi, in mosquitto's place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pulse_router.embedded import ports
from pulse_router.embedded.accounts import account_for_children
from pulse_router.embedded.mosquitto import MosquittoServer
from tests.support.servers.folders import make_reachable_folder, remove_folder
from tests.support.servers.mosquitto import TestBroker

PROGRAM = "PULSE_SECOND_BROKER"
"""The variable that names its program."""


@contextmanager
def running_second_broker(*, is_durable: bool = True) -> Iterator[TestBroker]:
    """Run one for a block; it may be stopped, killed and started again.

    Args:
        is_durable: Whether it writes its sessions down, which costs it a write to the disk for each
            message and each acknowledgement.
    """
    folder = make_reachable_folder("second-broker")
    # It runs as somebody who may not be able to read this checkout.
    program = Path(shutil.copy(os.environ[PROGRAM], folder / "mochi"))
    server = MosquittoServer(
        folder=folder.resolve(),
        port=ports.find_free(ports.loopback_hosts()),
        program=program,
        account=account_for_children(),
    )
    broker = TestBroker(server)
    if not is_durable:
        broker.configure("persistence false")
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
        remove_folder(folder)
