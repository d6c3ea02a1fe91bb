"""A tenant's bounds as an operator sets them: for all tenants, and for some of them.

It knows nothing of the sources of values, nor of what the bounds bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

import attrs

from pulse_router.settings import fields

_MIB: Final = 1024 * 1024
_ALL: Final = 1_000_000_000
_TENANT_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,128}")

Bounds: TypeAlias = Mapping[str, float]


class TenantLimits(Mapping[str, Bounds]):
    """Bounds by the tenants that have some of their own; immutable."""

    def __init__(self, tenants: Mapping[str, Bounds] | None = None) -> None:
        self._tenants = {tenant_id: dict(bounds) for tenant_id, bounds in (tenants or {}).items()}

    @classmethod
    def read(cls, table: object) -> TenantLimits:
        """Read what a settings file has: a table of bounds for each tenant.

        Raises:
            ValueError: It is no such table.
        """
        if not isinstance(table, dict) or not all(isinstance(it, dict) for it in table.values()):
            raise ValueError("no table of tables")
        return cls(table)

    @classmethod
    def parse(cls, text: str) -> TenantLimits:
        """Read `acme:routes=5000,acme:devices=10`, as the environment has it.

        Raises:
            ValueError: A part has another form.
        """
        tenants: dict[str, dict[str, float]] = {}
        for part in filter(None, map(str.strip, text.split(","))):
            place, _, value = part.partition("=")
            tenant_id, _, name = place.rpartition(":")  # an id may have colons, a name has none
            bound = float(value)
            tenants.setdefault(tenant_id, {})[name] = int(bound) if bound.is_integer() else bound
        return cls(tenants)

    def __getitem__(self, tenant_id: str) -> Bounds:
        """Give a tenant's bounds by their names."""
        return self._tenants[tenant_id]

    def __iter__(self) -> Iterator[str]:
        """Go through the tenants."""
        return iter(self._tenants)

    def __len__(self) -> int:
        """Count them."""
        return len(self._tenants)

    def __hash__(self) -> int:
        """As of any value that equals another one."""
        return hash(frozenset(self._tenants))


def _are_bounds(tenants: TenantLimits) -> bool:
    return all(
        _TENANT_ID.fullmatch(tenant_id) is not None and all(map(_is_bound, bounds.items()))
        for tenant_id, bounds in tenants.items()
    )


@attrs.frozen(kw_only=True)
class LimitsSettings:
    """How much a tenant may have and ask for; 0 is no bound."""

    routes: int = fields.whole(1_000, 0, _ALL, unit="routes")
    matches_per_message: int = fields.whole(1_000, 0, _ALL, unit="routes")
    devices: int = fields.whole(100_000, 0, _ALL, unit="devices")
    groups: int = fields.whole(1_000, 0, _ALL, unit="groups")
    open_alerts: int = fields.whole(10_000, 0, _ALL, unit="alerts")
    requests_per_second: float = fields.number(200.0, 0, 1_000_000, unit="requests a second")
    answer_bytes: int = fields.whole(8 * _MIB, 0, 1024 * _MIB, unit="bytes")
    database_connections: int = fields.whole(2, 0, 500, unit="connections")
    audit_bytes: int = fields.whole(64 * _MIB, 0, 1024 * 1024 * _MIB, unit="bytes")
    pending_deliveries: int = fields.whole(0, 0, _ALL, unit="deliveries")
    dead_letters: int = fields.whole(0, 0, _ALL, unit="dead letters")
    tenants: TenantLimits = fields.table(
        TenantLimits(),
        "a table for each tenant, like [limits.tenants.acme] with routes = 5000, or"
        " acme:routes=5000 in the environment; its keys are those of [limits], streams and"
        " messages_per_second, and their values as there",
        _are_bounds,
    )


@attrs.frozen(kw_only=True)
class _OfOtherSections:
    """The bounds whose default stands in another section: stream, and ingest."""

    streams: int = fields.whole(10, 0, 100_000, unit="streams")
    messages_per_second: float = fields.number(0.0, 0, 1_000_000, unit="messages a second")


def _is_bound(named: tuple[str, object]) -> bool:
    """Tell whether it is a bound that a tenant may have, and a value that it may take."""
    name, value = named
    attribute = _BOUNDS.get(name)
    if attribute is None or attribute.validator is None:
        return False
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if isinstance(attribute.default, int) and not isinstance(value, int):
        return False
    try:
        attribute.validator(None, attribute, value)
    except ValueError:
        return False
    return True


_BOUNDS: Final[Mapping[str, attrs.Attribute[Any]]] = {
    attribute.name: attribute
    for section in (LimitsSettings, _OfOtherSections)
    for attribute in attrs.fields(section)
    if attribute.name != "tenants"
}
