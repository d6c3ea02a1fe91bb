"""Groups of devices that nobody can look up."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import trio

from pulse_router.domain.errors import Unavailable


class NoGroups:
    """A database that is away."""

    async def load_group_members(
        self, tenant_id: str, group_ids: Collection[int]
    ) -> Mapping[int, Collection[str]]:
        await trio.lowlevel.checkpoint()
        raise Unavailable(f"cannot look up {group_ids} of {tenant_id}")
