"""What differs between two settings, by dotted name; it acts on nothing and shows no value."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import attrs

from pulse_router.settings.schema import Settings
from pulse_router.settings.structure import keys, sections


def changed_keys(before: Settings, after: Settings) -> list[str]:
    """Name the settings that differ, in the order of the schema."""
    return [
        key.dotted
        for key in keys().values()
        if getattr(getattr(before, key.section), key.name)
        != getattr(getattr(after, key.section), key.name)
    ]


def take_over(before: Settings, after: Settings, dotted: Collection[str]) -> Settings:
    """Give the settings of before, with some of them as they are after."""
    kept = {name: it for name, it in before.origins.items() if name not in dotted}
    taken = {name: it for name, it in after.origins.items() if name in dotted}
    sections = dict(_sections(before, after, dotted))
    return attrs.evolve(before, **sections, origins=kept | taken)


def _sections(
    before: Settings, after: Settings, dotted: Collection[str]
) -> Iterator[tuple[str, Any]]:
    for name in sections():
        taken = {
            key.name: getattr(getattr(after, name), key.name)
            for key in keys().values()
            if key.section == name and key.dotted in dotted
        }
        yield name, attrs.evolve(getattr(before, name), **taken)
