"""What the operator has set about the issuer, in the words of this edge."""

from __future__ import annotations

from pathlib import Path

import attrs


@attrs.frozen(kw_only=True)
class IssuerOptions:
    """Where the keys are.

    Attributes:
        issuer: The issuer's name, which is its address where it publishes where its keys are.
        jwks_url: Where its keys are; None where it says so itself.
        ca_file: Certificates to trust beside the system's.
    """

    issuer: str
    jwks_url: str | None = None
    ca_file: Path | None = None
