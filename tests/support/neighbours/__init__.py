"""A quiet tenant and those who trouble it: what the one sees while the others do their worst."""
