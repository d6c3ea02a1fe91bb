"""The SQL of each table, behind the ports of the stages and of the API."""
