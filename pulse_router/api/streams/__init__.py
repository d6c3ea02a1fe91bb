"""Live streams: WebSocket and server-sent events."""
