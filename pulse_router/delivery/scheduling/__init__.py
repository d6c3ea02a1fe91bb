"""Who comes next: tenants first, then their lanes; for workers and for the table."""
