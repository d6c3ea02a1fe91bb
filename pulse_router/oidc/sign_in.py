"""Where one signs in at an issuer, kept at hand: asked at the start, and again each hour.

Whoever wants to know is told what is known; nobody waits for the issuer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, NoReturn

import structlog
import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.oidc.fetching import Endpoints

FRESH_SECONDS: Final = 3600.0
FIRST_RETRY_SECONDS: Final = 1.0
LONGEST_RETRY_SECONDS: Final = 60.0
NOT_ASKED: Final = "the issuer has not answered yet"
_log = structlog.get_logger(__name__)


class SignInEndpoints:
    """The endpoints at hand.

    Attributes:
        known: What the issuer has said last; None when it has never answered.
        problem: Why it is not known, in a sentence without secrets; None where it is.

    Args:
        fetch: Asks the issuer; raises Unavailable when that fails.
    """

    def __init__(self, fetch: Callable[[], Awaitable[Endpoints]]) -> None:
        self._fetch = fetch
        self.known: Endpoints | None = None
        self.problem: str | None = NOT_ASKED

    async def run(self) -> NoReturn:
        """Ask now, and again whenever that is due, until cancelled."""
        retry_seconds = FIRST_RETRY_SECONDS
        while True:
            if await self._ask():
                retry_seconds = FIRST_RETRY_SECONDS
                await trio.sleep(FRESH_SECONDS)
            else:
                await trio.sleep(retry_seconds)
                retry_seconds = min(LONGEST_RETRY_SECONDS, retry_seconds * 2)

    async def _ask(self) -> bool:
        try:
            self.known = await self._fetch()
        except Unavailable as error:
            problem = str(error)
        except Exception as error:  # noqa: BLE001 - the issuer's answer harms signing in only
            _log.exception("the issuer's answer is more than can be understood")
            problem = f"the issuer's answer cannot be read ({type(error).__name__})"
        else:
            self.problem = None
            return True
        if self.known is None:  # what was known holds, for want of better
            if self.problem in {None, NOT_ASKED}:
                _log.warning("the issuer cannot be asked where one signs in", problem=problem)
            self.problem = problem
        return False
