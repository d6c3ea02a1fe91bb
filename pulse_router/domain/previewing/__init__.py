"""What a route would have done with messages that are stored: counted, message by message."""
