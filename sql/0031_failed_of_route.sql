-- outside a transaction
-- oldest: 0018
-- locks: nothing that anybody waits for; it reads dead_letter_messages once
--
-- The failed dead letters of a route, with all that a list asks of them. The index of their routes
-- alone was smaller, so the planner counted along it, and read every row for its tenant.
CREATE INDEX CONCURRENTLY IF NOT EXISTS dead_letter_messages_failed_of_route
  ON dead_letter_messages (route_id, tenant_id, id DESC) WHERE status = 'FAILED';
DROP INDEX CONCURRENTLY IF EXISTS dead_letter_messages_failed_route;
