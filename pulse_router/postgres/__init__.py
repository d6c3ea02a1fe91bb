"""asyncpg on Trio: pool, transactions, roles, LISTEN, migrations and the stores."""
