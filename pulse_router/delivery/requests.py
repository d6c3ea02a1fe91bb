"""The attempts that people ask a lane for, in line beside its queue.

It knows nothing of the endpoint: when one may begin is decided by the lane.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from pulse_router.delivery.jobs import RequestedAttempt
from pulse_router.domain.deliveries import NotAttempted


class RequestLine:
    """The requests of one lane: urgent ones first, each kind in the order of its coming.

    Attributes:
        has_turn: Whether the next turn is a request's, when the queue has something too.
    """

    def __init__(self) -> None:
        self.has_turn = True
        self._urgent: deque[RequestedAttempt] = deque()
        self._patient: deque[RequestedAttempt] = deque()
        self._under_way = 0

    @property
    def is_busy(self) -> bool:
        """Whether any waits or is under way."""
        return bool(self._urgent or self._patient or self._under_way)

    @property
    def firsts(self) -> Sequence[RequestedAttempt]:
        """Those that may come next: the first of each kind."""
        if not self._urgent and not self._patient:
            return ()
        return [line[0] for line in (self._urgent, self._patient) if line]

    def add(self, request: RequestedAttempt) -> None:
        """Put one into its line."""
        self._line_of(request).append(request)

    def begin(self, request: RequestedAttempt) -> None:
        """Take one out of its line, for it is attempted now."""
        self._line_of(request).remove(request)
        self._under_way += 1
        self.has_turn = False
        request.begun.set()

    def end(self) -> None:
        """Note that one has ended."""
        self._under_way -= 1

    def withdraw(self, request: RequestedAttempt) -> None:
        """Take one back that nobody waits for any more."""
        line = self._line_of(request)
        if request in line:
            line.remove(request)
        request.scope.cancel()

    def refuse_patient(self, refusal: NotAttempted) -> None:
        """Send away those that wait and are not urgent."""
        while self._patient:
            self._patient.popleft().end(refusal)

    def refuse_all(self, reason: str) -> None:
        """Send away all that wait."""
        self.refuse_patient(NotAttempted(reason))
        while self._urgent:
            self._urgent.popleft().end(NotAttempted(reason))

    def _line_of(self, request: RequestedAttempt) -> deque[RequestedAttempt]:
        return self._urgent if request.is_urgent else self._patient
