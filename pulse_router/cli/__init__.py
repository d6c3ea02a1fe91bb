"""What a person types: serve, demo, token, check, migrate."""
