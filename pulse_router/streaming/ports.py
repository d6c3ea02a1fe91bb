"""What live streams need from the outside; the edges implement it, the router joins them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol


class GroupSource(Protocol):
    """Where the members of device groups are looked up."""

    async def load_group_members(
        self, tenant_id: str, group_ids: Collection[int]
    ) -> Mapping[int, Collection[str]]:
        """Look up the device ids in each of a tenant's groups.

        Groups that the tenant does not have are absent from the answer.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...
