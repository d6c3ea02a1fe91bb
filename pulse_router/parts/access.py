"""Who may use the API: tokens, and the keys of their issuer."""

from __future__ import annotations

import attrs

from pulse_router import options
from pulse_router.api.access.token_verifiers import TokenVerifiers
from pulse_router.oidc.fetching import IssuerSite
from pulse_router.oidc.issuer_keys import IssuerKeys
from pulse_router.oidc.sign_in import SignInEndpoints
from pulse_router.parts.foundation import Foundation


@attrs.frozen(kw_only=True)
class AccessParts:
    """What checks tokens; the keys are None where there is no issuer to ask.

    `sign_in` is where the console signs in at it, None where it does not.
    """

    issuer_keys: IssuerKeys | None
    sign_in: SignInEndpoints | None
    tokens: TokenVerifiers


def join_access(base: Foundation) -> AccessParts:
    """Join what checks tokens."""
    auth = base.settings.auth
    issuer = options.issuer_options(auth)
    site = None if issuer is None else IssuerSite(issuer)
    keys = None if site is None else IssuerKeys(site.fetch_keys)
    signs_in = None if auth.console_client_id is None else site
    return AccessParts(
        issuer_keys=keys,
        sign_in=None if signs_in is None else SignInEndpoints(signs_in.fetch_endpoints),
        tokens=options.token_verifiers(auth, keys),
    )
