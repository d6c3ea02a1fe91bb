"""Secrets: how they sign, how they are kept, and how long each of them holds."""
