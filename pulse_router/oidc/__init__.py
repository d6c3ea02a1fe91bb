"""An OpenID Connect issuer: where it publishes its keys, and which of them sign tokens."""
