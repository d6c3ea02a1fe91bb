"""Values as every request and every answer writes them: ids, times, and how far a page goes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, TypeAlias

from msgspec import Meta

from pulse_router.domain.topics import ID_PATTERN

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 500
MAX_OFFSET: Final = 10_000
"""What is passed over is read all the same; `after` goes any depth at the same cost."""

MAX_ID: Final = 2**63 - 1

Id: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_ID)]
"""The id of a route, a dead letter, a group or an alert, as a client writes it."""

EventId: TypeAlias = Annotated[str, Meta(pattern="^[0-9]{1,20}$")]
"""A 64-bit id in an answer: a decimal string, for JavaScript's numbers are too short."""

# In Python `$` also matches before a last line break, in JSON Schema it does not.
ID_REGEX: Final = f"^(?:{ID_PATTERN.pattern})$(?!\\n)"
DeviceId = Annotated[str, Meta(pattern=ID_REGEX)]

Time: TypeAlias = Annotated[datetime, Meta(tz=True)]
"""A time with its offset. Answers give it in UTC."""
