"""Values that nobody expects, and the ways by which they come in."""
