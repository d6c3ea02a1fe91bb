"""What became of a message: messages across devices, traces, what an id is."""
