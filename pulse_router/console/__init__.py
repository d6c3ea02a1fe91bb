"""The web console as it is served: what was built of `web/`, in memory, with its headers."""
