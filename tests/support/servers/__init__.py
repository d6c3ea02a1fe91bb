"""Real servers, the lines to them, and the files that they need."""
