"""An MQTT 5 client for Trio: session machine, transport, back-pressure and reconnecting."""
