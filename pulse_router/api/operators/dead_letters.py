"""`/operator/dead-letter`: every tenant's dead letters, for operators.

They are handled as their owners handle them; only whose they must be is not asked.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from quart import Response, request

from pulse_router.api.access.paths import Paths
from pulse_router.api.dead_letters.dead_letters import DeadLetters
from pulse_router.api.operators import operations

PATH: Final = "/operator/dead-letter"


class OperatorDeadLetters:
    """Lists, shows, replays, discards and purges any tenant's dead letters.

    Args:
        dead_letters: Does it for a tenant, or for none in particular.
    """

    def __init__(self, dead_letters: DeadLetters) -> None:
        self._dead_letters = dead_letters

    def register(self, paths: Paths) -> None:
        """Register the handlers."""
        one, letters = f"{PATH}/<dead_letter_id>", self._dead_letters
        replay, replay_batch = partial(letters.replay, None), partial(letters.replay_batch, None)
        read, discard = partial(letters.read, None), partial(letters.discard, None)
        restore = partial(letters.restore, None)
        for method, path, handler, operation in (
            ("GET", PATH, self.list_all, operations.LIST_DEAD_LETTERS),
            ("GET", f"{PATH}/summary", self.summarize, operations.SUMMARIZE_DEAD_LETTERS),
            ("GET", one, read, operations.READ_DEAD_LETTER),
            ("POST", f"{PATH}/replay-batch", replay_batch, operations.REPLAY_DEAD_LETTERS),
            ("DELETE", f"{PATH}/purge", self.purge, operations.PURGE_DEAD_LETTERS),
            ("POST", f"{one}/replay", replay, operations.REPLAY_DEAD_LETTER),
            ("POST", f"{one}/restore", restore, operations.RESTORE_DEAD_LETTER),
            ("DELETE", one, discard, operations.DISCARD_DEAD_LETTER),
        ):
            paths.operator(method, path, handler, writes=method != "GET", operation=operation)

    async def list_all(self) -> Response:
        """Give a page of the dead letters, of one tenant or all."""
        return await self._dead_letters.list_all(request.args.get("tenant_id"))

    async def summarize(self) -> Response:
        """Count the dead letters by route and error, of one tenant or all."""
        return await self._dead_letters.summarize(request.args.get("tenant_id"))

    async def purge(self) -> Response:
        """Remove dead letters by age, of one tenant or all."""
        return await self._dead_letters.purge(request.args.get("tenant_id"))
