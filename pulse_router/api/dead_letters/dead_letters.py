"""`/customer/dead-letter`: what could not be delivered, until a person deals with it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from msgspec import UNSET
from quart import Response

from pulse_router.api.access.paths import Paths
from pulse_router.api.dead_letters import operations
from pulse_router.api.dead_letters.bodies import (
    MAX_BUCKETS,
    MAX_DAYS,
    BatchAnswer,
    BatchBody,
    DeadLetterChange,
    DeadLetterPage,
    PurgeAnswer,
    PurgeBody,
    ReplayBody,
    SummaryPage,
    batch_entry,
    dead_letter_answer,
    summary_answer,
)
from pulse_router.api.dead_letters.filters import read_filter
from pulse_router.api.dead_letters.ports import DeadLetterCounts, DeadLetterStore
from pulse_router.api.requests.cursors import BY_ID
from pulse_router.api.requests.json_bodies import read_body
from pulse_router.api.requests.problems import (
    FieldFault,
    Problem,
    found,
    invalid,
    not_found,
)
from pulse_router.api.requests.reading import (
    read_flag,
    read_id,
    read_number,
    read_page,
)
from pulse_router.api.requests.responses import json_response, utc
from pulse_router.delivery.replay import Replayer, ReplayResult, ReplayStatus
from pulse_router.domain.deliveries import ClaimRefused, DeadLetterStatus

PATH: Final = "/customer/dead-letter"


class DeadLetters:
    """Lists, shows, replays, discards and purges dead letters.

    Where the tenant is None the operator asks, for whom they may be anyone's.

    Args:
        store: Where they are kept.
        counts: Where they are counted.
        replayer: Delivers one once more.
    """

    def __init__(
        self, store: DeadLetterStore, counts: DeadLetterCounts, replayer: Replayer
    ) -> None:
        self._store = store
        self._counts = counts
        self._replayer = replayer

    def register(self, paths: Paths) -> None:
        """Register the handlers."""
        one = f"{PATH}/<dead_letter_id>"
        for method, path, handler, operation in (
            ("GET", PATH, self.list_all, operations.LIST),
            ("GET", f"{PATH}/summary", self.summarize, operations.SUMMARY),
            ("POST", f"{PATH}/replay-batch", self.replay_batch, operations.REPLAY_BATCH),
            ("DELETE", f"{PATH}/purge", self.purge, operations.PURGE),
            ("GET", one, self.read, operations.READ),
            ("POST", f"{one}/replay", self.replay, operations.REPLAY),
            ("POST", f"{one}/restore", self.restore, operations.RESTORE),
            ("DELETE", one, self.discard, operations.DISCARD),
        ):
            paths.customer(method, path, handler, writes=method != "GET", operation=operation)

    async def list_all(self, tenant_id: str | None) -> Response:
        """Give a page of the tenant's dead letters."""
        page = read_page(BY_ID)
        letters = await self._store.list_dead_letters(
            tenant_id,
            asked=read_filter(),
            wanted=page.wanted,
        )
        shown = [dead_letter_answer(letter) for letter in letters.items]
        return json_response(DeadLetterPage(**page.of(letters), messages=shown))

    async def summarize(self, tenant_id: str | None) -> Response:
        """Count dead letters by route, and the errors that most of them came of."""
        page = read_page()
        summary = await self._counts.summarize(
            tenant_id,
            asked=read_filter(),
            buckets=read_number("buckets", 0, least=0, most=MAX_BUCKETS),
            limit=page.limit,
            offset=page.offset,
        )
        buckets = summary.buckets
        return json_response(
            SummaryPage(
                **page.part(summary.total, is_exact=summary.is_exact),
                is_exact=summary.is_exact,
                bucket_start=None if buckets is None else utc(buckets.start),
                bucket_seconds=None if buckets is None else buckets.seconds,
                routes=[summary_answer(route) for route in summary.routes],
            )
        )

    async def read(self, tenant_id: str | None, dead_letter_id: str) -> Response:
        """Give one dead letter."""
        number = read_id("dead_letter_id", dead_letter_id)
        letter = await self._store.load_dead_letter(tenant_id, number)
        return json_response(dead_letter_answer(found(letter, "dead letter")))

    async def replay(self, tenant_id: str | None, dead_letter_id: str) -> Response:
        """Attempt one delivery now, by the route as it is now."""
        number = read_id("dead_letter_id", dead_letter_id)
        body = await read_body(ReplayBody, may_be_empty=True)
        result = await self._replayer.replay(tenant_id, number, route_id=body.route_id)
        if result.status is not ReplayStatus.REPLAYED:
            raise _not_replayed(number, result)
        return json_response(DeadLetterChange(number, DeadLetterStatus.REPLAYED))

    async def replay_batch(self, tenant_id: str | None) -> Response:
        """Attempt several, as many at once as their routes allow, and say how each ended."""
        body = await read_body(BatchBody)
        numbers = list(dict.fromkeys(body.ids))
        results = await self._replayer.replay_batch(tenant_id, numbers)
        return json_response(
            BatchAnswer([batch_entry(*pair) for pair in zip(numbers, results, strict=True)])
        )

    async def discard(self, tenant_id: str | None, dead_letter_id: str) -> Response:
        """Give one up for good; it stays to be seen."""
        number = read_id("dead_letter_id", dead_letter_id)
        match await self._store.discard_dead_letter(tenant_id, number):
            case None:
                return json_response(DeadLetterChange(number, DeadLetterStatus.DISCARDED))
            case ClaimRefused.NOT_FOUND:
                raise not_found("dead letter")
            case ClaimRefused.NOT_FAILED:
                raise Problem(
                    HTTPStatus.BAD_REQUEST, "Only a dead letter that is FAILED can be discarded."
                )
            case ClaimRefused.BUSY:
                raise Problem(HTTPStatus.CONFLICT, "The dead letter is being replayed.")

    async def restore(self, tenant_id: str | None, dead_letter_id: str) -> Response:
        """Take back that one was given up: it is FAILED again."""
        number = read_id("dead_letter_id", dead_letter_id)
        status = found(await self._store.restore_dead_letter(tenant_id, number), "dead letter")
        if status is not DeadLetterStatus.DISCARDED:
            raise Problem(
                HTTPStatus.BAD_REQUEST, "Only a dead letter that is DISCARDED can be restored."
            )
        return json_response(DeadLetterChange(number, DeadLetterStatus.FAILED))

    async def purge(self, tenant_id: str | None) -> Response:
        """Remove dead letters by age; the age stands in the body or in the query."""
        in_query = read_number("older_than_days", None, least=1, most=MAX_DAYS)
        body = await read_body(PurgeBody, may_be_empty=True)
        days = in_query if body.older_than_days is UNSET else body.older_than_days
        if days is None:
            raise invalid([FieldFault("older_than_days", "is required")])
        if read_flag("dry_run") or body.dry_run:
            counted = await self._store.count_purge(tenant_id, older_than_days=days)
            return json_response(PurgeAnswer(0, counted))
        purged = await self._store.purge_dead_letters(tenant_id, older_than_days=days)
        return json_response(PurgeAnswer(purged))


def _not_replayed(dead_letter_id: int, result: ReplayResult) -> Problem:
    match result.status:
        case ReplayStatus.NOT_FOUND:
            return not_found("dead letter")
        case ReplayStatus.NOT_FAILED:
            return Problem(
                HTTPStatus.BAD_REQUEST, "Only a dead letter that is FAILED can be replayed."
            )
        case ReplayStatus.ROUTE_GONE:
            return Problem(
                HTTPStatus.CONFLICT, "The route is gone; name another by 'route_id' in the body."
            )
        case ReplayStatus.BUSY:
            return Problem(HTTPStatus.CONFLICT, "The dead letter is already being replayed.")
        case ReplayStatus.NOT_ATTEMPTED:
            return Problem(
                HTTPStatus.SERVICE_UNAVAILABLE, f"The delivery was not attempted: {result.error}."
            )
    return Problem(
        HTTPStatus.BAD_GATEWAY,
        f"The delivery failed: {result.error}",
        members={"id": dead_letter_id, "error": result.error},
    )
