"""Kills, floods and long lives, and the books after them."""
