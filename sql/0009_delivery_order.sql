-- Ordered routes, and counts of dead letters.

-- What was attempted goes first on an ordered route, the oldest of it. Only what has failed stands
-- in it, so that ingest pays nothing for it.
CREATE INDEX route_deliveries_attempted ON route_deliveries (route_id, id) WHERE attempts > 0;

-- How many dead letters each route has is counted without reading them.
CREATE INDEX dead_letter_messages_failed_route ON dead_letter_messages (route_id)
  WHERE status = 'FAILED';
