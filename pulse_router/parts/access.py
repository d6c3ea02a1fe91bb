"""Who may use the API: tokens, and the keys of their issuer."""

from __future__ import annotations

import attrs

from pulse_router import options
from pulse_router.api.access.token_verifiers import TokenVerifiers
from pulse_router.oidc.fetching import IssuerSite
from pulse_router.oidc.issuer_keys import IssuerKeys
from pulse_router.parts.foundation import Foundation


@attrs.frozen(kw_only=True)
class AccessParts:
    """What checks tokens; the keys are None where there is no issuer to ask."""

    issuer_keys: IssuerKeys | None
    tokens: TokenVerifiers


def join_access(base: Foundation) -> AccessParts:
    """Join what checks tokens."""
    auth = base.settings.auth
    issuer = options.issuer_options(auth)
    keys = None if issuer is None else IssuerKeys(IssuerSite(issuer).fetch_keys)
    return AccessParts(issuer_keys=keys, tokens=options.token_verifiers(auth, keys))
