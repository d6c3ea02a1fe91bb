"""Marks: up to where the queue has been looked through, so that no look begins where the dead are.

While somebody holds an old snapshot, what was delivered stays in the table's indexes, and to look
from the beginning would be to read all of it. Transactions are numbered upwards, whatever clocks
do, and a snapshot tells which of them had not ended: so a mark tells exactly what lies before it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Final

import attrs

OVERLAP_SECONDS: Final = 5.0
"""How far before its mark a look at retries begins. Whoever writes one must know within this time
that it is written, or have the next look begin from the start."""
LOWEST_ID: Final = -(2**63)
HIGHEST_ID: Final = 2**63 - 1


@attrs.frozen
class QueueMark:
    """Where the next look at what a route has pending begins.

    What lies before it was in the answer that the mark came with, or in hand, or had ended; save
    what comes to light only afterwards, and the mark tells where that is.

    Attributes:
        entered: The number of the transaction that brought the last new delivery seen.
        id: The id of that delivery.
        in_doubt: Transactions up to `entered` that had not ended.
        retried_to: Up to when retries that fell due were seen, in seconds of the server's clock.
        attempted_from: On an ordered route, nothing that has failed has a lower id.
        server: Which life of which server the numbers are of.
        now: The server's clock then, in seconds.
        is_thorough: Whether nothing may be passed over, whatever is known of it from before.
    """

    entered: int = 0
    id: int = LOWEST_ID
    in_doubt: Sequence[int] = ()
    retried_to: float = -math.inf
    attempted_from: int = LOWEST_ID
    server: str = ""
    now: float = -math.inf
    is_thorough: bool = False


FROM_THE_START: Final = QueueMark()
"""From as far back as anything may be that has not ended, as far as that was written down."""
FROM_THE_VERY_START: Final = QueueMark(is_thorough=True)


@attrs.frozen
class WorkMark:
    """Where the next search for routes with new deliveries begins.

    Attributes:
        entered: The lowest number of a transaction that had not begun.
        in_doubt: Those below it that had not ended.
        server: Which life of which server the numbers are of.
    """

    entered: int
    in_doubt: Sequence[int]
    server: str


@attrs.frozen
class Work:
    """Routes that have work, and where to begin the next search."""

    route_ids: Collection[int]
    mark: WorkMark | None = None
