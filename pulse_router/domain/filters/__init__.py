"""Payload filters: conditions on what a message says, what they weigh, and how they are judged."""
