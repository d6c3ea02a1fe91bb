"""Chromium, in a process of its own."""
