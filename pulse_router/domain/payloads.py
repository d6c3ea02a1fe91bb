"""A message's payload as filters see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Payload: TypeAlias = Mapping[str, Any]
"""The fields of a message, without its provision token; `metrics` among them."""

Predicate: TypeAlias = Callable[[Payload], bool]
"""Tells whether a payload passes."""
