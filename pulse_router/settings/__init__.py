"""What an operator may set: schema, TOML file and environment."""
