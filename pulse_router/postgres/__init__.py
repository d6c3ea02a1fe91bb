"""asyncpg on Trio: pool, transactions, roles, LISTEN and the machinery of migrations."""
