"""A lane as values: its settings, how its endpoint does, how fast its requests may begin."""
