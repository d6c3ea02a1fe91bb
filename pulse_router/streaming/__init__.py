"""Live telemetry: one broadcaster, a bounded ring per subscriber."""
