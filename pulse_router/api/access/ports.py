"""What access to the API needs from the outside."""

from __future__ import annotations

from typing import Protocol

from pulse_router.api.access.tokens import Principal


class TokenVerifier(Protocol):
    """Checks tokens."""

    async def verify(self, token: str) -> Principal:
        """Say whose token it is.

        Raises:
            TokenRefused: It is not valid.
        """
        ...
