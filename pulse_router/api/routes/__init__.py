"""Message routes: written, tried, counted."""
