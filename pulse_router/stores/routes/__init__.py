"""Message routes and their figures."""
