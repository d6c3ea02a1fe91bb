-- outside a transaction
-- oldest: 0018
-- locks: nothing that anybody waits for; it reads audit_log once
--
-- What was done to one record: a page of it costs what is on it, however much a tenant changes.
CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_log_by_record
  ON audit_log (tenant_id, target_type, target_id, id DESC);
