-- What the broker keeps for a client id between two runs: without it, filters that have left the
-- settings would stay subscribed, and a session that was lost would look like the first one.
CREATE TABLE mqtt_sessions (
  client_id  text        PRIMARY KEY,
  filters    text[]      NOT NULL,
  granted_at timestamptz
);

GRANT SELECT, INSERT, UPDATE ON mqtt_sessions TO pulse_ingest;
