"""A tenant at a glance, and what needs attention."""
