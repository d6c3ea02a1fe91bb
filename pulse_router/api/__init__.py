"""The HTTP API on Quart-Trio: auth, problems, one file per resource, and the live streams."""
