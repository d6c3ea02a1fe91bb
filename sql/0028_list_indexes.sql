-- outside a transaction
-- oldest: 0018
-- locks: nothing that anybody waits for; it reads the tables once for each index
--
-- What lists can be filtered by: a page costs what is on it, however long the list is.
CREATE INDEX CONCURRENTLY IF NOT EXISTS dead_letter_messages_by_status
  ON dead_letter_messages (tenant_id, status, id DESC);
CREATE INDEX CONCURRENTLY IF NOT EXISTS dead_letter_messages_by_route
  ON dead_letter_messages (route_id, tenant_id, id DESC);
CREATE INDEX CONCURRENTLY IF NOT EXISTS dead_letter_messages_by_route_status
  ON dead_letter_messages (route_id, tenant_id, status, id DESC);
CREATE INDEX CONCURRENTLY IF NOT EXISTS rejected_messages_by_time
  ON rejected_messages (tenant_id, received_at DESC, id DESC);
CREATE INDEX CONCURRENTLY IF NOT EXISTS rejected_messages_by_reason
  ON rejected_messages (tenant_id, reason, received_at DESC, id DESC);
CREATE INDEX CONCURRENTLY IF NOT EXISTS rejected_messages_by_device
  ON rejected_messages (tenant_id, device_id, received_at DESC, id DESC);
CREATE INDEX CONCURRENTLY IF NOT EXISTS rejected_messages_by_device_reason
  ON rejected_messages (tenant_id, device_id, reason, received_at DESC, id DESC);
CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_log_by_subject ON audit_log (subject, id DESC);
CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_log_by_action ON audit_log (action, id DESC);
