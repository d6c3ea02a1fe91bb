"""The HTTP API on Quart-Trio: rooms for what all requests go through, and one for each resource."""
