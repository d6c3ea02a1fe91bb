"""What is left of deliveries that were made."""
