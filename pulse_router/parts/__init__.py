"""The parts of the router, joined by what they need of each other: a file a room. Nothing runs."""
