"""What the API description says of conditional requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from msgspec import Meta

from pulse_router.api.openapi.parameters import Parameter, header_parameter

_ETags = Annotated[str, Meta(max_length=1000, examples=['"3"', "*"])]

IF_MATCH: Final[Parameter] = header_parameter(
    "If-Match", _ETags, "Do it only while the ETag is one of these; `*` is any."
)
IF_NONE_MATCH: Final[Parameter] = header_parameter(
    "If-None-Match", _ETags, "Answer 304 while the ETag is one of these."
)
ETAG: Final[Mapping[str, str]] = {"ETag": "The validator, for `If-Match` and `If-None-Match`."}
STALE: Final = "It was changed since the client has read it; the header ETag has what it is now."
