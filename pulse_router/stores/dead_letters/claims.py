"""Claims of dead letters: who replays one keeps others from it.

A claim belongs to the life of a router that has made it. It lasts until it is given back, until
that life has left or has a successor, or until nothing was seen of it for longer than an attempt
can take: no clock that jumps ends it (`stores/heartbeats.py`). What routers of the release before
have claimed lasts as long as they say.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from pulse_router.domain.deliveries import ClaimRefused, DeadLetterStatus
from pulse_router.domain.leases import CLAIM_SECONDS
from pulse_router.postgres.transaction import Record, Transaction
from pulse_router.runtime.sightings import Sightings
from pulse_router.stores.heartbeats import Heartbeats

THIS_ONE: Final = "id = $1 AND ($2::text IS NULL OR tenant_id = $2)"
_SIGN: Final = "pulse_claim_sign(claimed_until, claim_until, claimed_life)"
CLAIMED: Final = f"(claimed_until IS NOT NULL AND {_SIGN} IS NOT NULL)"
"""Whether a dead letter may be being replayed: who has claimed it has not left."""
NO_CLAIM: Final = "claimed_until = NULL, claim_until = NULL, claimed_life = NULL"


class Claims:
    """The claims of one life of a router.

    Args:
        heartbeats: What this life has seen of others.
    """

    def __init__(self, heartbeats: Heartbeats) -> None:
        self._heartbeats = heartbeats
        self._seen: Sightings[str] = Sightings(clock=heartbeats.clock)

    async def lock_failed(
        self, transaction: Transaction, tenant_id: str | None, dead_letter_id: int
    ) -> ClaimRefused | None:
        """Lock a dead letter for the transaction; say what forbids to replay or discard it."""
        row = await transaction.fetch_row(
            f"""
            SELECT id, status, claimed_until::text AS claim, {_SIGN} AS sign,
                   CASE WHEN claimed_until = claim_until THEN 'life ' || claimed_life
                        ELSE 'claim ' || id END AS holder
            FROM dead_letter_messages WHERE {THIS_ONE} FOR UPDATE
            """,  # noqa: S608 - fixed text
            dead_letter_id,
            tenant_id,
        )
        if row is None:
            return ClaimRefused.NOT_FOUND
        if row["status"] != DeadLetterStatus.FAILED:
            return ClaimRefused.NOT_FAILED
        return ClaimRefused.BUSY if self._is_claimed(row) else None

    async def claim(
        self, transaction: Transaction, tenant_id: str | None, dead_letter_id: int, seconds: float
    ) -> Record:
        """Claim a dead letter that is locked.

        Returns:
            Its row; once the claim is committed, `note` takes it.
        """
        row = await transaction.fetch_row(
            f"""
            UPDATE dead_letter_messages
            SET claimed_until = now() + $3::interval, claimed_life = $4,
                -- Where nobody can see this life yet, the claim lasts as long as it says.
                claim_until = (SELECT now() + $3::interval FROM pulse_newest_beat($4)
                               WHERE beat IS NOT NULL)
            WHERE {THIS_ONE} RETURNING *, claimed_until::text AS claim
            """,  # noqa: S608 - fixed text
            dead_letter_id,
            tenant_id,
            timedelta(seconds=seconds),
            self._heartbeats.life,
        )
        assert row is not None  # noqa: S101 - the row is locked
        return row

    def note(self, row: Record) -> None:
        """Note that a claim is this life's, until it is given back."""
        self._seen.look(row["id"], row["claim"])
        self._heartbeats.claims += 1

    def note_end(self) -> None:
        """Note that a claim is given back; one that could not be ends by itself."""
        self._heartbeats.claims -= 1

    @property
    def life(self) -> int:
        """Whose claims these are."""
        return self._heartbeats.life

    def _is_claimed(self, row: Record) -> bool:
        """Tell whether somebody may still be replaying a dead letter.

        Who has claimed it may live, and have been unable to give it back.
        """
        if row["sign"] is None:
            return False
        is_gone = self._heartbeats.is_still(row["holder"], row["sign"], seconds=CLAIM_SECONDS)
        is_over = self._seen.look(row["id"], row["claim"]) >= CLAIM_SECONDS
        return not is_gone and not is_over
