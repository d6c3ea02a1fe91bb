"""What becomes of a live stream that fails in a way that nobody foresaw: it ends, and nothing else.

The client is told, the log says it once with its traceback, and not again for each time that the
client comes back to the same end. It knows no protocol.
"""

from __future__ import annotations

import traceback
from collections.abc import Hashable
from typing import Final

import structlog

from pulse_router.api.streams.session import Close
from pulse_router.runtime.seldom import Seldom

FAILED: Final = Close(1011, "Something went wrong inside; it is in the log")

_log = structlog.get_logger()


class StreamFailures:
    """Says what streams have failed of.

    Args:
        kind: What the log calls them.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._seldom = Seldom()

    def note(self, error: Exception) -> Close:
        """Note that a stream has failed.

        Args:
            error: What it was.

        Returns:
            What its client is told.
        """
        if self._seldom.is_due(_place_of(error)):
            _log.error("a live stream failed", stream=self._kind, exc_info=error)
        return FAILED


def _place_of(error: BaseException) -> Hashable:
    """Tell one failure from another: by its kind, and where it was raised."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    frames = traceback.extract_tb(error.__traceback__)[-1:]
    return type(error).__name__, *((frame.filename, frame.lineno) for frame in frames)
