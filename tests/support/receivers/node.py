"""Receivers on Node, from its wheel: its own `http`, and Express."""

from __future__ import annotations

from pathlib import Path

from tests.support.receivers.journal import Journal
from tests.support.receivers.served import Receiver, find_port
from tests.support.servers.node import FOLDER, find_node


def make_node(folder: Path, kind: str) -> Receiver:
    """Make one.

    Args:
        folder: Where it keeps its files.
        kind: `http` or `express`.
    """
    own = folder / f"node-{kind}"
    own.mkdir()
    port = find_port()
    journal = Journal.make(own / "journal")
    argv = [
        str(find_node()),
        str(FOLDER / "webhook_server.mjs"),
        kind,
        str(port),
        str(journal.path),
    ]
    return Receiver(f"node {kind}", argv, port, journal)
