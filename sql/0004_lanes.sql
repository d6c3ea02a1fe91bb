-- Lanes: who works for which routes, what attempts came to, and why a route was disabled.

-- Lanes fall into partitions by their route's id. Each is leased by one router at a time; the epoch
-- tells one holding from the next, and is checked whenever the end of an attempt is written.
CREATE TABLE lane_leases (
  partition  integer     PRIMARY KEY,
  owner      text        NOT NULL,
  epoch      bigint      NOT NULL,
  expires_at timestamptz NOT NULL
);

-- The routers that are alive, so that each takes no more than its share.
CREATE TABLE lane_owners (
  owner      text        PRIMARY KEY,
  expires_at timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON lane_leases, lane_owners TO pulse_operator;

-- The last attempts of a delivery, oldest first: [{"at", "status", "duration_seconds", "error",
-- "response"}].
ALTER TABLE route_deliveries ADD COLUMN history jsonb;
ALTER TABLE dead_letter_messages ADD COLUMN history jsonb;

-- Why the router has disabled a route by itself; null when a person did, or it is enabled.
ALTER TABLE message_routes ADD COLUMN disabled_reason text;
