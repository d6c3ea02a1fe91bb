"""Bodies of the user's shape: templates are read, checked and compiled here, and rendered."""
