"""Writes how replays have ended.

Who has attempted a dead letter holds its place until that is written: else ends that nobody has
written would pile up while the database is slow, and a crash would have all of them sent again. It
does not know how attempts are made.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Final

import structlog
import trio

from pulse_router.delivery.attempts import record_of
from pulse_router.delivery.ports import ReplayStore
from pulse_router.domain.deliveries import Outcome, Verdict
from pulse_router.domain.errors import TROUBLE, Unavailable
from pulse_router.runtime.patience import outlast
from pulse_router.runtime.seldom import Seldom

WRITE_SECONDS: Final = 5.0
"""How long who waits, or is being stopped, waits at the most for an end to be written."""

_log = structlog.get_logger()


class EndNotWritten(Unavailable):
    """A replay was attempted, and it is not known whether how it has ended is written."""


class ReplayEnds:
    """Writes how replays have ended.

    Args:
        store: The dead letters.
        utc_now: Gives the time, for the history of attempts.
    """

    def __init__(self, store: ReplayStore, *, utc_now: Callable[[], datetime]) -> None:
        self._store = store
        self._utc_now = utc_now
        self._seldom = Seldom()

    async def settle(
        self, tenant_id: str | None, dead_letter_id: int, outcome: Outcome, job_id: int | None
    ) -> None:
        """Write how an attempt has ended: of a job, however long it takes.

        Raises:
            EndNotWritten: It could not be written: not in time while somebody waits, or because
                PostgreSQL refuses it. The claim ends by itself.
        """
        record = record_of(outcome, self._utc_now())
        is_delivered = outcome.verdict is Verdict.DELIVERED
        if is_delivered:
            write = partial(
                self._store.mark_replayed, tenant_id, dead_letter_id, record, job_id=job_id
            )
        else:
            write = partial(
                self._store.release, tenant_id, dead_letter_id, failed=record, job_id=job_id
            )
        try:
            if job_id is None:
                await _write_in_time(write)
            else:
                await self._write_at_last(write)
        except TROUBLE as error:
            what = "was delivered" if is_delivered else "was attempted"
            raise EndNotWritten(f"it {what}, but that could not be written: {error}") from error

    async def _write_at_last(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write, however long the database is away; who is cancelled meanwhile tries once more."""
        try:
            await outlast(Unavailable, write, report=self._tell)
        except trio.Cancelled:
            with trio.move_on_after(WRITE_SECONDS, shield=True):
                try:
                    await write()
                except TROUBLE as error:
                    self._tell(str(error))
            raise

    def _tell(self, problem: str | None) -> None:
        if problem is not None and self._seldom.is_due("an end"):
            _log.warning("how replays of jobs have ended cannot be written", problem=problem)


async def _write_in_time(write: Callable[[], Awaitable[None]]) -> None:
    with trio.move_on_after(WRITE_SECONDS, shield=True) as scope:
        await write()
    if scope.cancelled_caught:
        raise Unavailable(f"the database did not take it within {WRITE_SECONDS:g} s")
