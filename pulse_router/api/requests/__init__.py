"""How requests are read and answered, problems included."""
