"""The registry of devices, their groups, and what they have said."""
