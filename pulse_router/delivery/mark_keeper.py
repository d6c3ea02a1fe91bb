"""Writes down where routes' deliveries have ended, so that whoever comes next begins there.

It knows neither SQL nor how marks are made.
"""

from __future__ import annotations

import contextlib
from typing import Final

import trio

from pulse_router.delivery.lanes import Lanes, in_pieces
from pulse_router.delivery.ports import DeliveryStore
from pulse_router.domain.errors import TROUBLE
from pulse_router.domain.queue_marks import QueueMark

KEEP_SECONDS: Final = 10.0
"""How often marks that have moved on far enough are written down."""


async def keep_marks(store: DeliveryStore, lanes: Lanes) -> None:
    """Do it now and then, for ever.

    Args:
        store: The durable queue.
        lanes: Whose marks.
    """
    while True:
        await trio.sleep(KEEP_SECONDS)
        ended: dict[int, QueueMark] = {}
        for some in in_pieces(lanes.marks):
            for route_id, marks in some:
                if (mark := marks.take_ended()) is not None:
                    ended[route_id] = mark
            await trio.lowlevel.checkpoint()
        if ended:
            with contextlib.suppress(*TROUBLE):  # later ones are written another time
                await store.keep_marks(ended)
