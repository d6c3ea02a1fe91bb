"""What the writer is given, what it stores together, and in which order it says so."""
