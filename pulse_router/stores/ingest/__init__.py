"""What is committed with a batch of messages."""
