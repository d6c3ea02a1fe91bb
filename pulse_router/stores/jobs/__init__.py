"""The jobs: what is done with many dead letters, and how far it has come."""
