"""An MQTT 5 client for Trio over the mqtt5 codec: session, transport, reconnect."""
