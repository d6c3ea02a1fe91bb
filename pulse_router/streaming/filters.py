"""What one live client wants to see: pure values and rules, without tasks."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import attrs


@attrs.frozen
class StreamFilter:
    """Which of its tenant's events a client gets; the parts are ANDed, an empty one passes all.

    `metric_names` passes only the metrics named, and only events that have one of them.
    """

    device_ids: frozenset[str] = frozenset()
    group_ids: frozenset[int] = frozenset()
    metric_names: frozenset[str] = frozenset()

    def devices(self, members: Mapping[int, Collection[str]]) -> frozenset[str] | None:
        """Resolve the device and group parts into the devices that pass.

        Args:
            members: The device ids in each group; a group that is absent has none.

        Returns:
            The devices that pass, or None when all do.
        """
        if not self.group_ids:
            return self.device_ids or None
        grouped = frozenset(
            device_id for group_id in self.group_ids for device_id in members.get(group_id, ())
        )
        return grouped & self.device_ids if self.device_ids else grouped
