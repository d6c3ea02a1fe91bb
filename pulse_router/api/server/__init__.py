"""Sockets, connections and frames, and what every exchange has."""
