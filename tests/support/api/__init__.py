"""The API on real servers, and what walks all of it."""
