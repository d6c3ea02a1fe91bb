"""PostgreSQL and mosquitto as children of this process, simulated devices, a webhook sink."""
