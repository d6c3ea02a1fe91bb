-- What a route to the database matches is counted by ingest, in the transaction that stores it.

GRANT SELECT, INSERT, UPDATE ON route_totals TO pulse_ingest;
