"""What is seen across tenants."""
