"""Makes rows of refused messages: rid of tokens, and no more of them than a cap allows a minute.

Every refusal is counted, kept or not. Must not know how refusals come about or are stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Final, TypeAlias

from pulse_router.domain.messages import Device, DeviceKey, Reason, Rejection
from pulse_router.domain.rate_limit import MinuteCap
from pulse_router.ingest.arrivals import Publication
from pulse_router.ingest.payload import Refused
from pulse_router.ingest.scrubbing import MAX_SECRETS, TooManySecrets, mask, scrub

Kind: TypeAlias = tuple[str | None, Reason]
"""What shares a cap: a tenant's refusals for one reason; all strangers' are one tenant's."""

DEFAULT_PER_MINUTE: Final = 100
TOO_MANY_SECRETS: Final = (
    f"it holds more than {MAX_SECRETS} provision tokens, and so nothing of it is kept"
)
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


class Rejections:
    """Decides which refused messages are kept, and as what.

    Args:
        per_minute: How many are kept of each tenant and reason.
        max_payload_bytes: How much of a payload is kept.

    Attributes:
        refused: How many messages were refused, by reason.
        not_kept: How many of those were not kept, for the cap.
    """

    def __init__(
        self, *, per_minute: int = DEFAULT_PER_MINUTE, max_payload_bytes: int = 65_536
    ) -> None:
        self.refused: Counter[Reason] = Counter()
        self.not_kept: Counter[Reason] = Counter()
        self._cap: MinuteCap[Kind] = MinuteCap(per_minute)
        self._max_payload_bytes = max_payload_bytes

    def keep(
        self,
        publication: Publication,
        refused: Refused,
        *,
        sender: DeviceKey | None,
        device: Device | None,
        received_at: datetime,
        now: float,
    ) -> Rejection | None:
        """Count a refused message, and make a row of it while the cap allows it.

        Args:
            publication: The message.
            refused: Why it is refused.
            sender: The device that the topic names, if it is of a tenant that has devices: a
                tenant that has none cannot be told from an invention.
            device: That device, where it is registered.
            received_at: When the message was read.
            now: Seconds on a clock that never goes back.

        Returns:
            The row; None when enough of its kind are kept, or none are.
        """
        tenant_id, device_id = (None, None) if sender is None else sender
        self.refused[refused.reason] += 1
        if refused.reason is Reason.EMPTY:
            return None  # nobody's fault, and nothing to look at
        if not self._cap.admits((tenant_id, refused.reason), now):
            self.not_kept[refused.reason] += 1
            return None
        try:
            payload, secrets = scrub(
                publication.payload, self._max_payload_bytes, is_secret=_token_of(device)
            )
            detail = mask(refused.detail, secrets)
        except TooManySecrets:
            payload, detail = b"", TOO_MANY_SECRETS
        return Rejection(
            received_at,
            tenant_id,
            device_id,
            publication.topic.replace("\0", _REPLACEMENT),
            refused.reason,
            detail.replace("\0", _REPLACEMENT),
            payload,
        )


def _token_of(device: Device | None) -> Callable[[str], bool] | None:
    """Recognise a device's token under a name that is not the field's, such as a misspelt one."""
    if device is None:
        return None
    return lambda text: device.knows(sha256(text.encode()).digest())
