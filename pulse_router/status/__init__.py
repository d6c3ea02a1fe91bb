"""How the router does: the figures of all its parts, for `/health` and `/metrics`."""
