-- oldest: 0018
-- locks: `devices`, for a moment
--
-- When devices were last heard of, and what is kept of old batches, cost the same to read and to write
-- however long somebody holds an old snapshot. Before, each half minute left a version of every device
-- that speaks, and whoever looked a device up passed all of them; and whoever read `ingest_batches`
-- passed all that were merged or had gone.


-- Devices ------------------------------------------------------------------------------------

-- A new row takes the place of the one before. The newest is found at the end of what the index has of
-- a device, and nobody reads further.
CREATE TABLE device_last_seen (
  tenant_id text        NOT NULL,
  device_id text        NOT NULL,
  at        timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, device_id, at)
);
ALTER TABLE device_last_seen SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
  autovacuum_vacuum_cost_delay = 0);
ALTER TABLE device_last_seen ENABLE ROW LEVEL SECURITY;
ALTER TABLE device_last_seen FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation_policy ON device_last_seen FOR ALL TO pulse_app
  USING (tenant_id = current_setting('app.tenant_id', true))
  WITH CHECK (tenant_id = current_setting('app.tenant_id', true));
GRANT SELECT, INSERT, UPDATE, DELETE ON device_last_seen TO pulse_app, pulse_operator;
GRANT SELECT, INSERT, DELETE ON device_last_seen TO pulse_ingest;

-- When the newest of all devices of a tenant was heard of: operators see it beside each tenant.
CREATE TABLE tenant_last_seen (
  tenant_id text        NOT NULL,
  at        timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, at)
);
ALTER TABLE tenant_last_seen SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);
GRANT SELECT ON tenant_last_seen TO pulse_operator;
GRANT SELECT, INSERT, DELETE ON tenant_last_seen TO pulse_ingest;

CREATE FUNCTION pulse_last_seen(p_tenant_id text, p_device_id text) RETURNS timestamptz
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
AS $$
  SELECT seen.at FROM public.device_last_seen AS seen
  WHERE seen.tenant_id = p_tenant_id AND seen.device_id = p_device_id
  ORDER BY seen.at DESC LIMIT 1
$$;

CREATE FUNCTION pulse_tenant_last_seen(p_tenant_id text) RETURNS timestamptz
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
AS $$
  SELECT seen.at FROM public.tenant_last_seen AS seen
  WHERE seen.tenant_id = p_tenant_id ORDER BY seen.at DESC LIMIT 1
$$;

-- Whoever writes when devices were heard of, or removes devices, does so in turn: what the one before
-- has written is seen. A session that stands still is waited for a second, and no longer.
CREATE FUNCTION pulse_last_seen_turn() RETURNS void
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
  SET lock_timeout = '1s'
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('pulse_last_seen', 0));
EXCEPTION WHEN lock_not_available THEN
  NULL;
END
$$;

-- Notes when devices were heard of. Unknown ones are ignored, and an older time never takes the place
-- of a newer one.
CREATE FUNCTION pulse_note_last_seen(
  p_tenant_ids text[], p_device_ids text[], p_times timestamptz[]
) RETURNS void
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
  SET enable_mergejoin = off SET enable_hashjoin = off
AS $$
BEGIN
  PERFORM set_config('role', 'pulse_ingest', true);
  PERFORM public.pulse_last_seen_turn();

  WITH given AS (
    SELECT tenant_id, device_id, max(at) AS at
    FROM unnest(p_tenant_ids, p_device_ids, p_times) AS given (tenant_id, device_id, at)
    GROUP BY tenant_id, device_id
  ), seen AS MATERIALIZED (
    SELECT given.*, before.ctid AS before,
           coalesce(known.last_seen_at < given.at - interval '1 day', true) AS is_due
    FROM given
    CROSS JOIN LATERAL (
      SELECT known.last_seen_at FROM public.devices AS known
      WHERE known.tenant_id = given.tenant_id AND known.device_id = given.device_id
      OFFSET 0) AS known
    LEFT JOIN LATERAL (
      SELECT older.ctid, older.at FROM public.device_last_seen AS older
      WHERE older.tenant_id = given.tenant_id AND older.device_id = given.device_id
      ORDER BY older.at DESC LIMIT 1) AS before ON true
    WHERE before.at IS NULL OR before.at < given.at
  ), gone AS (
    DELETE FROM public.device_last_seen WHERE ctid = ANY (ARRAY(SELECT before FROM seen))
  ), due AS (
    -- For routers of the release before, who read the column alone: once a day it is enough.
    -- Contract when none of them may run any more: this goes, and the column with it.
    UPDATE public.devices AS known SET last_seen_at = seen.at
    FROM seen
    WHERE seen.is_due
      AND known.tenant_id = seen.tenant_id AND known.device_id = seen.device_id
  ), added AS (
    INSERT INTO public.device_last_seen (tenant_id, device_id, at)
    SELECT tenant_id, device_id, at FROM seen
    ON CONFLICT DO NOTHING
  ), of_tenants AS MATERIALIZED (
    SELECT newest.*, before.ctid AS before
    FROM (SELECT tenant_id, max(at) AS at FROM seen GROUP BY tenant_id) AS newest
    LEFT JOIN LATERAL (
      SELECT older.ctid, older.at FROM public.tenant_last_seen AS older
      WHERE older.tenant_id = newest.tenant_id
      ORDER BY older.at DESC LIMIT 1) AS before ON true
    WHERE before.at IS NULL OR before.at < newest.at
  ), gone_of_tenants AS (
    DELETE FROM public.tenant_last_seen WHERE ctid = ANY (ARRAY(SELECT before FROM of_tenants))
  )
  INSERT INTO public.tenant_last_seen (tenant_id, at)
  SELECT tenant_id, at FROM of_tenants
  ON CONFLICT DO NOTHING;
END
$$;

-- What is known of a device goes with it, whoever removes it.
CREATE FUNCTION pulse_forget_last_seen() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
  SET enable_mergejoin = off SET enable_hashjoin = off
AS $$
BEGIN
  PERFORM public.pulse_last_seen_turn();
  DELETE FROM public.device_last_seen AS seen USING old_rows
  WHERE seen.tenant_id = old_rows.tenant_id AND seen.device_id = old_rows.device_id;
  RETURN NULL;
END
$$;
CREATE TRIGGER forget_last_seen AFTER DELETE ON devices
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION pulse_forget_last_seen();


-- Batches ------------------------------------------------------------------------------------

-- Which batches of a client id are left, as of one moment: of those below `since` none but `live`. That
-- holds for good: what is committed later has a higher number, and batches that are merged take the
-- number of one of them. The last one always stays, so a mark beyond all of them is none of ours. New
-- rows take the place of older ones; the newest holds.
CREATE TABLE ingest_batch_marks (
  client_id text     NOT NULL,
  id        bigint   GENERATED ALWAYS AS IDENTITY,
  since     bigint   NOT NULL,
  live      bigint[] NOT NULL,
  PRIMARY KEY (client_id, id)
);
ALTER TABLE ingest_batch_marks SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);
GRANT SELECT ON ingest_batch_marks TO pulse_operator;
GRANT SELECT, INSERT, DELETE ON ingest_batch_marks TO pulse_ingest;

-- The newest mark of each client id that has one, from the end of what the index has of it.
CREATE FUNCTION pulse_batch_marks()
  RETURNS TABLE (client_id text, since bigint, live bigint[])
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET jit = off
AS $$
  WITH RECURSIVE newest AS (
    (SELECT mark.client_id, mark.since, mark.live FROM public.ingest_batch_marks AS mark
     ORDER BY mark.client_id DESC, mark.id DESC LIMIT 1)
    UNION ALL
    SELECT next.* FROM newest, LATERAL (
      SELECT mark.client_id, mark.since, mark.live FROM public.ingest_batch_marks AS mark
      WHERE mark.client_id < newest.client_id
      ORDER BY mark.client_id DESC, mark.id DESC LIMIT 1) AS next
  )
  SELECT * FROM newest
  WHERE EXISTS (SELECT FROM public.ingest_batches AS last
                WHERE last.client_id = newest.client_id AND last.sequence >= newest.since
                ORDER BY last.sequence DESC LIMIT 1)
$$;

-- The batches of a client id: all of them where nothing was written down.
CREATE FUNCTION pulse_batches_of(p_client_id text) RETURNS SETOF ingest_batches
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_mergejoin = off SET jit = off
AS $$
  SELECT batch.*
  FROM (
    SELECT coalesce(newest.since, -9223372036854775808) AS since, newest.live
    FROM (VALUES (1)) AS one LEFT JOIN (
      SELECT mark.* FROM public.ingest_batch_marks AS mark
      WHERE mark.client_id = p_client_id ORDER BY mark.id DESC LIMIT 1
    ) AS newest ON EXISTS (
      SELECT FROM public.ingest_batches AS last
      WHERE last.client_id = p_client_id AND last.sequence >= newest.since
      ORDER BY last.sequence DESC LIMIT 1)
  ) AS mark, LATERAL (
    SELECT * FROM public.ingest_batches AS known
    WHERE known.client_id = p_client_id AND known.sequence = ANY (mark.live)
      AND known.sequence < mark.since
    UNION ALL
    SELECT * FROM public.ingest_batches AS later
    WHERE later.client_id = p_client_id AND later.sequence >= mark.since
  ) AS batch
$$;

-- The batches of all: of a client id of which something is written down those that are left, and all of
-- those that stand before, between and behind them.
CREATE FUNCTION pulse_batches() RETURNS SETOF ingest_batches
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_mergejoin = off SET jit = off
AS $$
  WITH marks AS MATERIALIZED (
    SELECT * FROM public.pulse_batch_marks()
  ), gaps AS (
    SELECT client_id AS behind, lead(client_id) OVER (ORDER BY client_id) AS before FROM marks
  )
  SELECT known.* FROM marks, LATERAL (
    SELECT * FROM public.ingest_batches AS known
    WHERE known.client_id = marks.client_id AND known.sequence = ANY (marks.live)
      AND known.sequence < marks.since
    UNION ALL
    SELECT * FROM public.ingest_batches AS later
    WHERE later.client_id = marks.client_id AND later.sequence >= marks.since
  ) AS known
  UNION ALL
  SELECT other.* FROM gaps, LATERAL (
    SELECT * FROM public.ingest_batches AS other
    WHERE other.client_id > gaps.behind AND other.client_id < gaps.before OFFSET 0) AS other
  UNION ALL
  SELECT * FROM public.ingest_batches WHERE client_id < (SELECT min(client_id) FROM marks)
  UNION ALL
  SELECT * FROM public.ingest_batches WHERE client_id > (SELECT max(client_id) FROM marks)
  UNION ALL
  SELECT * FROM public.ingest_batches WHERE NOT EXISTS (SELECT FROM marks)
$$;


-- Totals -------------------------------------------------------------------------------------

-- What is added to the totals of a route and not merged yet, read from a mark on, whatever the planner
-- makes of a table of which hardly a row lives.
CREATE FUNCTION pulse_unmerged_of_route(p_route_id bigint, p_entered text, p_in_doubt text[])
  RETURNS SETOF route_deltas
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
AS $$
  SELECT * FROM public.route_deltas
  WHERE entered >= p_entered::xid8 AND route_id = p_route_id
  UNION ALL
  SELECT * FROM public.route_deltas
  WHERE entered = ANY (p_in_doubt::xid8[]) AND entered < p_entered::xid8 AND route_id = p_route_id
$$;
