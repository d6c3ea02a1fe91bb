"""`pulse-router` and its commands, in this process and in their own."""
