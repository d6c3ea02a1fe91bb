"""What could not be delivered: listed, replayed, discarded, purged."""
