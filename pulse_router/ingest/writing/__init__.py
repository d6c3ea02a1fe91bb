"""What the writer stores together, and in which order it says so."""
