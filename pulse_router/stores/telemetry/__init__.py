"""What devices have said: read again, kept and dropped by day."""
