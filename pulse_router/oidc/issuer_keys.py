"""An issuer's keys, kept at hand: fetched anew when they age or when one is missing.

One task asks, whoever waits: requests never ask by themselves, so an issuer is asked once however
many come, and not more often than every ten seconds whatever they bring. It satisfies the API's
`KeySource`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NoReturn

import structlog
import trio
from joserfc.jwk import Key

from pulse_router.domain.errors import Unavailable
from pulse_router.oidc.fetching import FetchedKeys

COOLDOWN_SECONDS: Final = 10.0
"""How long after an answer an unknown key makes nobody ask again."""
PATIENCE_SECONDS: Final = 3.0
"""How long a request waits for keys that are being asked for."""
STALE_SECONDS: Final = 24 * 3600.0
"""How long the last known keys are believed while the issuer is away."""
FIRST_RETRY_SECONDS: Final = 1.0
LONGEST_RETRY_SECONDS: Final = 60.0

NEVER: Final = float("-inf")
_log = structlog.get_logger(__name__)


class IssuerKeys:
    """The keys at hand.

    Attributes:
        generation: Changes whenever the keys do.

    Args:
        fetch: Asks the issuer; raises Unavailable when that fails.
    """

    def __init__(self, fetch: Callable[[], Awaitable[FetchedKeys]]) -> None:
        self._fetch = fetch
        self._keys: tuple[Key, ...] | None = None
        self._known_at = NEVER
        self._asked_at = NEVER
        self._trouble: str | None = None
        self._is_asking = False
        self._wanted = trio.Event()
        self._answered = trio.Event()
        self.generation = 0

    async def find_keys(self, kid: str | None, key_type: str) -> Sequence[Key]:
        """Give the keys that a token may be signed with; none when the issuer has none such.

        Args:
            kid: The key that the token names.
            key_type: `RSA`, `EC` or `OKP`.

        Raises:
            Unavailable: The issuer cannot be asked, and what is known is not enough.
        """
        found = self._suiting(kid, key_type)
        if found:
            return found
        self._raise_trouble()
        if not self._is_asking:
            self._wanted.set()
            if trio.current_time() < self._asked_at + COOLDOWN_SECONDS:
                return []
        with trio.move_on_after(PATIENCE_SECONDS) as scope:
            await self._answered.wait()
        self._raise_trouble()
        if scope.cancelled_caught:
            raise Unavailable("the issuer of tokens has not answered yet")
        return self._suiting(kid, key_type)

    async def run(self) -> NoReturn:
        """Fetch the keys now, and again whenever that is due, until cancelled."""
        retry_seconds = FIRST_RETRY_SECONDS
        while True:
            fetched = await self._ask()
            if fetched is None:
                await trio.sleep(retry_seconds)
                retry_seconds = min(LONGEST_RETRY_SECONDS, retry_seconds * 2)
                continue
            retry_seconds = FIRST_RETRY_SECONDS
            with trio.move_on_after(fetched.fresh_seconds):
                await self._wanted.wait()
                await trio.sleep_until(self._asked_at + COOLDOWN_SECONDS)

    async def _ask(self) -> FetchedKeys | None:
        self._is_asking = True
        try:
            fetched = await self._fetch()
        except Unavailable as error:
            self._note_trouble(str(error))
            return None
        except Exception as error:  # noqa: BLE001 - the issuer's answer harms its tokens only
            _log.exception("the issuer's answer is more than can be understood")
            self._note_trouble(f"the issuer's answer cannot be read ({type(error).__name__})")
            return None
        else:
            self._learn(fetched)
            return fetched
        finally:
            self._is_asking = False
            self._asked_at = trio.current_time()
            self._wanted = trio.Event()
            self._answered.set()
            self._answered = trio.Event()

    def _learn(self, fetched: FetchedKeys) -> None:
        if self._trouble is not None:
            _log.info("the issuer of tokens answers again")
        self._trouble = None
        self._known_at = trio.current_time()
        if self._keys != fetched.keys:
            self._keys = fetched.keys
            self.generation += 1
            _log.info("the issuer's keys are known", keys=len(fetched.keys))

    def _note_trouble(self, problem: str) -> None:
        if self._trouble is None:
            _log.warning("the issuer of tokens cannot be asked for its keys", problem=problem)
        self._trouble = problem
        if self._keys is not None and trio.current_time() > self._known_at + STALE_SECONDS:
            _log.warning("the issuer's keys are too old to be believed any longer")
            self._keys = None
            self.generation += 1

    def _raise_trouble(self) -> None:
        if self._trouble is not None:
            raise Unavailable(self._trouble)

    def _suiting(self, kid: str | None, key_type: str) -> Sequence[Key]:
        return [
            key
            for key in self._keys or ()
            if key.key_type == key_type and (kid is None or key.kid in {None, kid})
        ]
