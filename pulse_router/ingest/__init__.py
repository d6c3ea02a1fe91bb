"""From a PUBLISH to a committed row: decode, validate, match, write, acknowledge."""
