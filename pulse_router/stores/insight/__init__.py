"""What was stored of a message and of what became of it, looked at across the tables."""
