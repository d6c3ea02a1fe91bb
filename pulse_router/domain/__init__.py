"""The pure heart of the router: values and rules, without I/O, clocks or tasks."""
