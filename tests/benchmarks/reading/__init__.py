"""What people read, and what it costs."""
