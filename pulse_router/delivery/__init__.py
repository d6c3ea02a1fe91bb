"""From a row in `route_deliveries` to a settled attempt: lanes, workers, settler, dead letters."""
