"""The composition root: opens resources, builds the nursery tree, starts and drains it in order."""
