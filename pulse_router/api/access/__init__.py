"""Who asks, what it may do, and the paths that know."""
