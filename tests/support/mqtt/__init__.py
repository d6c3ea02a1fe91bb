"""Both ends of MQTT: devices, brokers told what to say, and the client against a real one."""
