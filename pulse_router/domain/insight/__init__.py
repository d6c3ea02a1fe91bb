"""What became of a message: what is asked of what is stored, and what is told of it."""
