"""The delivery stage, the endpoints that it sends to, and what it leaves."""
