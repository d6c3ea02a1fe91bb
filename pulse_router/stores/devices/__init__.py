"""Devices and their groups."""
