"""pulse-router: an event router for IoT edge boxes."""

__version__ = "0.1.0"
