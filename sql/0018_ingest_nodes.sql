-- The numbers that tell the ids of several routers apart. Each router takes one when it first comes,
-- and keeps it: two that were given the same by hand made one id for two deliveries, so that batches
-- did not commit, and a receiver that drops repeats lost one of them.
CREATE TABLE ingest_nodes (
  node      integer PRIMARY KEY CHECK (node BETWEEN 0 AND 1023),
  client_id text    NOT NULL UNIQUE,
  taken_at  timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON ingest_nodes TO pulse_ingest;
GRANT SELECT, DELETE ON ingest_nodes TO pulse_operator;
