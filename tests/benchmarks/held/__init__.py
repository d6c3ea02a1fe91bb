"""What is measured under a held snapshot."""
