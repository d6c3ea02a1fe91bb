-- outside a transaction
-- oldest: 0018
-- locks: nothing that anybody waits for; it reads dead_letter_messages once for each of its indexes
--
-- Work on many dead letters: what is to be done with which of them, how far it has come, and, while
-- that is not added up yet or worth to be told, what became of each.

-- A job of operators on all tenants has the empty text for a tenant. `life` is that of the router
-- that works on it, judged by its heartbeats; `turn` lets all jobs have theirs.
CREATE TABLE IF NOT EXISTS jobs (
  id               bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id        text        NOT NULL,
  action           text        NOT NULL CHECK (action IN ('replay', 'discard', 'restore', 'purge')),
  filter           jsonb       NOT NULL,
  up_to_id         bigint      NOT NULL,
  route_id         bigint,
  staged           boolean     NOT NULL,
  state            text        NOT NULL DEFAULT 'WAITING' CHECK (
                     state IN ('WAITING', 'RUNNING', 'PAUSED', 'STOPPED', 'CANCELLED', 'DONE')),
  reason           text,
  matched          bigint      NOT NULL,
  matched_is_exact boolean     NOT NULL,
  cursor           bigint      NOT NULL DEFAULT 0,
  done             bigint      NOT NULL DEFAULT 0,
  failed           bigint      NOT NULL DEFAULT 0,
  skipped          bigint      NOT NULL DEFAULT 0,
  tried            bigint      NOT NULL DEFAULT 0,
  subject          text        NOT NULL,
  actor            text        NOT NULL CHECK (actor IN ('customer', 'operator')),
  request_id       text        NOT NULL,
  created_at       timestamptz NOT NULL DEFAULT now(),
  started_at       timestamptz,
  ended_at         timestamptz,
  life             bigint,
  turn             bigint      NOT NULL DEFAULT 0
);
-- One at a time works for a tenant.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS jobs_running ON jobs (tenant_id)
  WHERE state = 'RUNNING';
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobs_to_work ON jobs (turn, id)
  WHERE state IN ('WAITING', 'RUNNING');
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobs_tenant ON jobs (tenant_id, id DESC);
CREATE SEQUENCE IF NOT EXISTS job_turns;

-- What became of single dead letters, written in the transaction of that. `counted_as` is what it
-- counts as in the job; successes go once they are counted, the others stay to be told.
CREATE TABLE IF NOT EXISTS job_results (
  job_id         bigint      NOT NULL,
  dead_letter_id bigint      NOT NULL,
  tenant_id      text        NOT NULL,
  outcome        text        NOT NULL CHECK (outcome IN ('DONE', 'FAILED', 'SKIPPED')),
  error          text        NOT NULL DEFAULT '',
  at             timestamptz NOT NULL DEFAULT now(),
  counted_as     text,
  PRIMARY KEY (job_id, dead_letter_id)
);
CREATE INDEX CONCURRENTLY IF NOT EXISTS job_results_uncounted ON job_results (job_id)
  WHERE outcome IS DISTINCT FROM counted_as;

ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation_policy ON jobs;
CREATE POLICY tenant_isolation_policy ON jobs FOR ALL TO pulse_app
  USING (tenant_id = current_setting('app.tenant_id', true))
  WITH CHECK (tenant_id = current_setting('app.tenant_id', true));
ALTER TABLE job_results ENABLE ROW LEVEL SECURITY;
ALTER TABLE job_results FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation_policy ON job_results;
CREATE POLICY tenant_isolation_policy ON job_results FOR ALL TO pulse_app
  USING (tenant_id = current_setting('app.tenant_id', true))
  WITH CHECK (tenant_id = current_setting('app.tenant_id', true));
GRANT SELECT, INSERT, UPDATE, DELETE ON jobs, job_results TO pulse_app, pulse_operator;
GRANT USAGE ON SEQUENCE job_turns TO pulse_operator;

CREATE OR REPLACE TRIGGER audit_delete AFTER DELETE ON jobs
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT
  WHEN (current_setting('app.actor', true) <> '') EXECUTE FUNCTION pulse_audit('id');
CREATE OR REPLACE TRIGGER audit_insert AFTER INSERT ON jobs
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
  WHEN (current_setting('app.actor', true) <> '') EXECUTE FUNCTION pulse_audit('id');
CREATE OR REPLACE TRIGGER audit_update AFTER UPDATE ON jobs
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
  WHEN (current_setting('app.actor', true) <> '') EXECUTE FUNCTION pulse_audit('id');

-- What dead letters can be filtered by beside status and route.
CREATE INDEX CONCURRENTLY IF NOT EXISTS dead_letter_messages_by_device
  ON dead_letter_messages (tenant_id, device_id, id DESC);
CREATE INDEX CONCURRENTLY IF NOT EXISTS dead_letter_messages_by_time
  ON dead_letter_messages (tenant_id, created_at);

-- Tells whoever holds the lane of a route that some of what waits is due now, for somebody asks for
-- it; `resumes` that its endpoint is to be trusted again. Routers of before pass over it.
CREATE OR REPLACE FUNCTION pulse_announce_due(p_tenant text, p_route bigint, p_resumes boolean)
  RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  said CONSTANT text := jsonb_build_object('table', 'route_deliveries', 'tenant_id', p_tenant,
                                           'route_id', p_route, 'resumes', p_resumes)::text;
BEGIN
  PERFORM pg_notify('pulse_changes', said);
  PERFORM public.pulse_note_change(said);
END
$$;
REVOKE EXECUTE ON FUNCTION pulse_announce_due(text, bigint, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_announce_due(text, bigint, boolean) TO pulse_operator;
