"""Has the parts follow the settings that are read again while the router runs.

What is not named here needs a restart, and the log says so.
"""

from __future__ import annotations

from collections.abc import MutableSequence

import attrs

from pulse_router import options
from pulse_router.api.access.gate import TenantGate
from pulse_router.api.access.token_verifiers import TokenVerifiers
from pulse_router.domain.rate_limit import RateLimits
from pulse_router.settings import Settings
from pulse_router.settings.live import LiveSettings
from pulse_router.settings.structure import keys
from pulse_router.streaming.broadcaster import Broadcaster


def follow_settings(
    live: LiveSettings,
    *,
    prefixes: MutableSequence[str],
    rates: RateLimits,
    gate: TenantGate,
    broadcaster: Broadcaster,
    tokens: TokenVerifiers,
) -> None:
    """Have the other parts follow.

    Args:
        live: The settings.
        prefixes: Where routes may republish; whoever holds the list sees the new ones.
        rates: How fast devices and tenants may send.
        gate: Lets the tenants' requests in; it has their bounds.
        broadcaster: Has the live streams; those that are open stay so.
        tokens: Checks tokens; streams that are open stay so.
    """

    def change_prefixes(new: Settings) -> None:
        prefixes[:] = new.delivery.republish_prefixes

    def change_secret(new: Settings) -> None:
        if new.auth.secret != live.running.auth.secret:
            # Issuer and audience need a restart.
            auth = attrs.evolve(live.running.auth, secret=new.auth.secret)
            tokens.renew(options.secret_verifier(auth))

    live.follow(change_prefixes, "delivery.republish_prefixes")

    def change_bounds(new: Settings) -> None:
        gate.budgets.change(*options.tenants_bounds(new))
        gate.follow()
        options.change_rates(rates, new)
        broadcaster.max_per_tenant = new.stream.max_connections_per_tenant

    live.follow(
        change_bounds,
        "ingest.device_rate",
        "ingest.tenant_rate",
        "stream.max_connections_per_tenant",
        *(key for key in keys() if key.startswith("limits.")),
    )
    live.follow(change_secret, "auth.secret")
