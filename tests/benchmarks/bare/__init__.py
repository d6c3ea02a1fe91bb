"""The least that the work costs: loops that do it and nothing else, to compare with."""
