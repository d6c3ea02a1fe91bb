"""The attacks that were once proved to hurt a neighbour, by name."""

from __future__ import annotations

from collections.abc import Mapping

from tests.support.neighbours.attack import Attack
from tests.support.neighbours.attacks import connections, deliveries, messages, readers

ALL = (*messages.ATTACKS, *deliveries.ATTACKS, *readers.ATTACKS, *connections.ATTACKS)
REGISTRY: Mapping[str, Attack] = {attack.name: attack for attack in ALL}
