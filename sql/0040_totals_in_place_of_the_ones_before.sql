-- oldest: 0018
-- locks: `delta_marks`, for a moment
--
-- Totals of routes and of the books, and the marks up to which they are merged, cost the same to read
-- and to merge however long somebody holds an old snapshot. Before, each half minute left a version of
-- each total that had moved, in place: after an hour whoever read one passed 120 of them.


-- Totals -------------------------------------------------------------------------------------

-- What is merged here from now on: a new row takes the place of the one before, so that one lives of
-- each, and is found at the end of what the index has of it. What `ledger_totals` and `route_totals`
-- hold counts as well: it is from before, or of routers of the release before, who know those alone.
-- While one of them is alive all is merged there, which they see.
-- Contract when none of them may run any more: both go, once they were added to these.
CREATE TABLE ledger_sums (
  tenant_id text   NOT NULL,
  name      text   NOT NULL,
  id        bigint GENERATED ALWAYS AS IDENTITY,
  value     bigint NOT NULL,
  PRIMARY KEY (tenant_id, name, id)
);

CREATE TABLE route_sums (
  route_id      bigint NOT NULL,
  id            bigint GENERATED ALWAYS AS IDENTITY,
  tenant_id     text   NOT NULL,
  delivered     bigint NOT NULL DEFAULT 0,
  failed        bigint NOT NULL DEFAULT 0,
  dead_lettered bigint NOT NULL DEFAULT 0,
  last_error    text,
  last_error_at timestamptz,
  PRIMARY KEY (route_id, id)
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['ledger_sums', 'route_sums'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_isolation_policy ON %I FOR ALL TO pulse_app
                      USING (tenant_id = current_setting(''app.tenant_id'', true))
                      WITH CHECK (tenant_id = current_setting(''app.tenant_id'', true))', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO pulse_app, pulse_operator', name);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON %I TO pulse_ingest', name);
    EXECUTE format('ALTER TABLE %I SET (
                      autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
                      autovacuum_vacuum_cost_delay = 0)', name);
  END LOOP;
END
$$;

-- What is merged of these routes, up to two rows of each. None may be named twice.
CREATE FUNCTION pulse_route_totals(p_route_ids bigint[])
  RETURNS TABLE (route_id bigint, tenant_id text, delivered bigint, failed bigint,
                 dead_lettered bigint, last_error text, last_error_at timestamptz)
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
  SET enable_mergejoin = off SET enable_hashjoin = off SET jit = off
AS $$
  SELECT total.route_id, total.tenant_id, total.delivered, total.failed, total.dead_lettered,
         total.last_error, total.last_error_at
  FROM public.route_totals AS total WHERE total.route_id = ANY (p_route_ids)
  UNION ALL
  SELECT newest.* FROM unnest(p_route_ids) AS wanted (id), LATERAL (
    SELECT sum.route_id, sum.tenant_id, sum.delivered, sum.failed, sum.dead_lettered,
           sum.last_error, sum.last_error_at
    FROM public.route_sums AS sum WHERE sum.route_id = wanted.id ORDER BY sum.id DESC LIMIT 1
  ) AS newest
$$;

-- What is merged of the books of these tenants, up to two rows of each name. From one name to the one
-- before it, each time to the newest.
CREATE FUNCTION pulse_ledger_totals_of(p_tenant_ids text[])
  RETURNS TABLE (tenant_id text, name text, value bigint)
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
  SET enable_mergejoin = off SET enable_hashjoin = off SET jit = off
AS $$
  SELECT total.tenant_id, total.name, total.value
  FROM public.ledger_totals AS total WHERE total.tenant_id = ANY (p_tenant_ids)
  UNION ALL
  SELECT newest.* FROM unnest(p_tenant_ids) AS wanted (tenant_id), LATERAL (
    WITH RECURSIVE steps AS (
      (SELECT sum.tenant_id, sum.name, sum.value FROM public.ledger_sums AS sum
       WHERE sum.tenant_id = wanted.tenant_id
       ORDER BY sum.tenant_id DESC, sum.name DESC, sum.id DESC LIMIT 1)
      UNION ALL
      SELECT before.* FROM steps, LATERAL (
        SELECT sum.tenant_id, sum.name, sum.value FROM public.ledger_sums AS sum
        WHERE sum.tenant_id = wanted.tenant_id AND sum.name < steps.name
        ORDER BY sum.tenant_id DESC, sum.name DESC, sum.id DESC LIMIT 1) AS before
    )
    SELECT * FROM steps
  ) AS newest
$$;

-- The newest of each tenant and name, step by step.
CREATE FUNCTION pulse_ledger_sums_by_steps()
  RETURNS TABLE (tenant_id text, name text, value bigint)
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
  SET enable_mergejoin = off SET enable_hashjoin = off SET jit = off
AS $$
  WITH RECURSIVE steps AS (
    (SELECT sum.tenant_id, sum.name, sum.value FROM public.ledger_sums AS sum
     ORDER BY sum.tenant_id DESC, sum.name DESC, sum.id DESC LIMIT 1)
    UNION ALL
    SELECT before.* FROM steps, LATERAL (
      SELECT sum.tenant_id, sum.name, sum.value FROM public.ledger_sums AS sum
      WHERE (sum.tenant_id, sum.name) < (steps.tenant_id, steps.name)
      ORDER BY sum.tenant_id DESC, sum.name DESC, sum.id DESC LIMIT 1) AS before
  )
  SELECT * FROM steps
$$;

-- What is merged of the books of all. A table of which few rows are dead is read as it lies: with many
-- tenants that is ten times as fast.
CREATE FUNCTION pulse_ledger_totals()
  RETURNS TABLE (tenant_id text, name text, value bigint)
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT tenant_id, name, value FROM public.ledger_totals;
  IF coalesce(pg_stat_get_dead_tuples('public.ledger_sums'::regclass), 0) < 2000 THEN
    RETURN QUERY SELECT tenant_id, name, value FROM public.ledger_sums;
  ELSE
    RETURN QUERY SELECT * FROM public.pulse_ledger_sums_by_steps();
  END IF;
END
$$;

-- Whether a router of the release before is alive, as it says itself: it knows no other totals.
CREATE FUNCTION pulse_older_lives() RETURNS boolean
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT EXISTS (SELECT FROM public.lane_owners
                 WHERE expires_at IS DISTINCT FROM kept_until AND expires_at > now())
$$;


-- Marks --------------------------------------------------------------------------------------

-- The same for the marks: the newest of each name holds.
ALTER TABLE delta_marks DROP CONSTRAINT delta_marks_pkey;
ALTER TABLE delta_marks ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY;
ALTER TABLE delta_marks ADD PRIMARY KEY (name, id);
ALTER TABLE delta_marks SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);
GRANT INSERT, DELETE ON delta_marks TO pulse_ingest, pulse_operator;

CREATE FUNCTION pulse_newest_delta_mark(
  p_name text, OUT id bigint, OUT entered xid8, OUT in_doubt xid8[]
)
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET jit = off
AS $$
  SELECT mark.id, mark.entered, mark.in_doubt FROM public.delta_marks AS mark
  WHERE mark.name = p_name ORDER BY mark.id DESC LIMIT 1
$$;

CREATE OR REPLACE FUNCTION pulse_delta_mark(p_name text, OUT entered xid8, OUT in_doubt xid8[])
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE WHEN is_ours THEN mark.entered ELSE '0'::xid8 END,
         CASE WHEN is_ours THEN mark.in_doubt ELSE '{}'::xid8[] END
  FROM public.pulse_newest_delta_mark(p_name) AS mark,
       LATERAL (SELECT mark.entered <= pg_snapshot_xmax(pg_current_snapshot()) AS is_ours) AS judged
$$;

-- As before (`sql/0034`), with its mark in the place of the one before.
CREATE OR REPLACE FUNCTION pulse_merge_receipts(p_rows bigint, p_below xid8) RETURNS bigint
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
  SET timezone = 'UTC'
  SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
AS $$
DECLARE
  v_found bigint;
BEGIN
  WITH mark AS MATERIALIZED (
    SELECT * FROM public.pulse_delta_mark('receipt')
  ), taken AS MATERIALIZED (
    SELECT found.* FROM mark, LATERAL (
      (SELECT delta.ctid AS place FROM public.receipt_deltas AS delta
       WHERE delta.entered >= mark.entered AND delta.entered < p_below
       ORDER BY delta.entered, delta.id LIMIT p_rows)
      UNION ALL
      (SELECT delta.ctid FROM public.receipt_deltas AS delta
       WHERE delta.entered = ANY (mark.in_doubt) AND delta.entered < mark.entered
       ORDER BY delta.entered, delta.id LIMIT p_rows)
    ) AS found
  ), gone AS (
    DELETE FROM public.receipt_deltas WHERE ctid = ANY (ARRAY(SELECT place FROM taken)) RETURNING *
  ), is_moved AS MATERIALIZED (
    SELECT FROM mark WHERE mark.entered <= p_below AND (SELECT count(*) FROM taken) < p_rows
  ), moved AS (
    DELETE FROM public.delta_marks
    WHERE name = 'receipt' AND id = (SELECT newest.id FROM public.pulse_newest_delta_mark('receipt') AS newest)
      AND EXISTS (SELECT FROM is_moved)
  ), kept AS (
    INSERT INTO public.delta_marks (name, entered, in_doubt)
    SELECT 'receipt', p_below, ARRAY(SELECT open FROM pg_snapshot_xip(pg_current_snapshot()) AS open
                                     WHERE open < p_below)
    FROM is_moved
  ), weighed AS (
    SELECT *, date_trunc('hour', settled_at) AS hour,
      sum(1 + cardinality(event_ids) + coalesce(pg_column_size(history), 0) / 64) OVER (
        PARTITION BY tenant_id, route_id, date_trunc('hour', settled_at)
        ORDER BY settled_at, first_delivery_id) / 1024 AS piece
    FROM gone
  ), joined AS (
    SELECT tenant_id, route_id, hour, min(first_event_id) AS first_event_id,
      max(last_event_id) AS last_event_id, min(first_delivery_id) AS first_delivery_id,
      max(last_delivery_id) AS last_delivery_id, min(first_settled_at) AS first_settled_at,
      max(settled_at) AS settled_at, least(sum(left_out), 9223372036854775807)::bigint AS left_out,
      public.pulse_joined(event_ids) AS event_ids, public.pulse_joined(delivery_ids) AS delivery_ids,
      public.pulse_joined(attempts) AS attempts, public.pulse_joined(milliseconds) AS milliseconds,
      public.pulse_joined(run_settled_at) AS run_settled_at,
      public.pulse_joined(run_statuses) AS run_statuses,
      public.pulse_joined(run_counts) AS run_counts,
      public.pulse_joined(history) FILTER (WHERE history IS NOT NULL) AS history
    FROM (SELECT * FROM weighed ORDER BY settled_at, first_delivery_id) AS in_order
    GROUP BY tenant_id, route_id, hour, piece
  ), judged AS (
    SELECT joined.*, hour <> date_trunc('hour', now()) OR cardinality(event_ids) >= 512
      OR coalesce(pg_column_size(history), 0) >= 32768 AS is_whole
    FROM joined
  ), whole AS (
    INSERT INTO public.delivery_receipts
    SELECT tenant_id, route_id, first_event_id, last_event_id, first_delivery_id, last_delivery_id,
      first_settled_at, settled_at, left_out, event_ids, delivery_ids, attempts, milliseconds,
      run_settled_at, run_statuses, run_counts, history
    FROM judged WHERE is_whole
  ), waiting AS (
    INSERT INTO public.receipt_deltas
      (tenant_id, route_id, first_event_id, last_event_id, first_delivery_id, last_delivery_id,
       first_settled_at, settled_at, left_out, event_ids, delivery_ids, attempts, milliseconds,
       run_settled_at, run_statuses, run_counts, history)
    SELECT tenant_id, route_id, first_event_id, last_event_id, first_delivery_id, last_delivery_id,
      first_settled_at, settled_at, left_out, event_ids, delivery_ids, attempts, milliseconds,
      run_settled_at, run_statuses, run_counts, history
    FROM judged WHERE NOT is_whole
  )
  SELECT count(*) INTO v_found FROM taken;
  RETURN v_found;
END
$$;
