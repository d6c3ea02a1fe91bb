"""Stands for receipts where none are kept; satisfies the API's `Receipts`."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from pulse_router.domain.receipts import Receipt


class NoReceipts:
    """No receipts at all."""

    async def find(
        self,
        tenant_id: str,  # noqa: ARG002 - see the port
        *,
        event_id: int | None = None,  # noqa: ARG002 - see the port
        delivery_id: int | None = None,  # noqa: ARG002 - see the port
    ) -> Sequence[Receipt]:
        """See the port."""
        await trio.lowlevel.checkpoint()
        return ()

    async def left_out(
        self,
        tenant_id: str,  # noqa: ARG002 - see the port
        *,
        event_id: int | None = None,  # noqa: ARG002 - see the port
        delivery_id: int | None = None,  # noqa: ARG002 - see the port
    ) -> int:
        """See the port."""
        await trio.lowlevel.checkpoint()
        return 0
