"""What the user properties of a message say; one without any never comes here."""

from __future__ import annotations

from pulse_router.domain.tracing import read_properties
from pulse_router.ingest.arrivals import Publication
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.senders import is_our_own


def heed_properties(batch: DecodedBatch, publication: Publication, event_id: int) -> bool:
    """Note which trace a message is part of.

    Args:
        batch: Where it is noted.
        publication: The message.
        event_id: The id that it gets.

    Returns:
        Whether pulse-router has published it itself: then nothing is noted.
    """
    if is_our_own(publication):
        return True
    trace = read_properties(publication.user_properties)
    if trace is not None:
        batch.traces[event_id] = trace
    return False
