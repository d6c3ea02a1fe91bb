"""What ingest needs around it, and what it would have stored."""
