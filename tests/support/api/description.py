"""The API's description without a router: what the console's types are made of.

python -m tests.support.api.description FILE     write it
python -m tests.support.api.description --check  say whether the types are of today
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any, Final

import attrs
import msgspec

from pulse_router.api.app import REGISTERED, create_app
from pulse_router.api.openapi.document import describe
from pulse_router.api.services import Services

TYPES: Final = Path("pulse_router/console/web/src/api/schema.ts")


class Absent:
    """Stands for a service: to describe what is registered, nothing is asked of any."""

    def __getattr__(self, name: str) -> Absent:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_arguments: object, **_named: object) -> Absent:
        return self


def description() -> bytes:
    """Describe the API in one form, whatever the router's version is."""
    absent: dict[str, Any] = {
        field.name: Absent() for field in attrs.fields(Services) if field.default is attrs.NOTHING
    }
    app = create_app(Services(**absent | {"max_body_bytes": 1}))
    return msgspec.json.encode(describe(app.extensions[REGISTERED], version="0"), order="sorted")


def types_are_of(described: bytes) -> bool:
    """Tell whether the types were made of this description."""
    first = TYPES.read_text(encoding="utf-8").partition("\n")[0]
    return first.endswith(hashlib.sha256(described).hexdigest())


if __name__ == "__main__":
    (where,) = sys.argv[1:]
    if where != "--check":
        Path(where).write_bytes(description())
    elif not types_are_of(description()):
        sys.exit(f"{TYPES} is of another description of the API: run `make types`")
