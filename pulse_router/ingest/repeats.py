"""Finds what the broker sends again among messages, and notes what is new. Knows no device."""

from __future__ import annotations

from pulse_router.ingest.arrivals import Arrival, Publication
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.redelivery import RedeliveryWindow, digest


class Repeats:
    """Holds messages against what was read before.

    Args:
        window: Knows what that was.
    """

    def __init__(self, window: RedeliveryWindow) -> None:
        self._window = window

    def begin(self, arrival: Arrival) -> None:
        """Take note of the connection, and of what the broker knew when it sent this."""
        if arrival.new_connection:
            self._window.begin_connection(
                new_session=arrival.new_session,
                known=arrival.known_before,
                written=arrival.written_before,
            )
        self._window.begin_arrival(arrival.number, known=arrival.known, written=arrival.written)

    def have(self, batch: DecodedBatch, publication: Publication, event_id: int) -> bool:
        """Tell whether a message was read before; one that was not is noted in its batch.

        Args:
            batch: Where it is noted.
            publication: The message.
            event_id: What it is called there.
        """
        if not (packet_id := publication.packet_id):  # 0 says nothing of which one it is
            return False
        window = self._window
        message_digest = digest(publication.topic, publication.payload)
        is_repeated = window.is_repeated(packet_id, message_digest, duplicate=publication.duplicate)
        if is_repeated and not window.was_ahead:
            if window.is_answered:
                batch.arrival.acknowledge_not(publication)
            return True
        for known_id, known_digest in window.take_marks():
            batch.packet_ids.append(known_id)
            batch.digests.append(known_digest)
            batch.noted.append(event_id)
        batch.packet_ids.append(packet_id)
        batch.digests.append(message_digest)
        batch.noted.append(event_id)
        return is_repeated
