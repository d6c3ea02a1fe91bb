-- oldest: 0018
-- locks: nothing for longer than a moment
--
-- Running totals do not grow with versions: each transaction inserts what it adds, and now and then
-- that is merged into the totals. Before, each settlement wrote a new version of the same few rows;
-- while somebody holds an old snapshot none of them goes, and each one must pass all of them.

-- What is not merged yet. It is found by the transaction that brought it, so that nobody reads from
-- where merged rows lie dead.
CREATE TABLE ledger_deltas (
  entered   xid8   NOT NULL DEFAULT pg_current_xact_id(),
  id        bigint GENERATED ALWAYS AS IDENTITY,
  tenant_id text   NOT NULL,
  name      text   NOT NULL,
  value     bigint NOT NULL,
  PRIMARY KEY (entered, id)
);

CREATE TABLE route_deltas (
  entered       xid8   NOT NULL DEFAULT pg_current_xact_id(),
  id            bigint GENERATED ALWAYS AS IDENTITY,
  route_id      bigint NOT NULL,
  tenant_id     text   NOT NULL,
  delivered     bigint NOT NULL DEFAULT 0,
  failed        bigint NOT NULL DEFAULT 0,
  dead_lettered bigint NOT NULL DEFAULT 0,
  last_error    text,
  last_error_at timestamptz,
  PRIMARY KEY (entered, id)
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['ledger_deltas', 'route_deltas'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_isolation_policy ON %I FOR ALL TO pulse_app
                      USING (tenant_id = current_setting(''app.tenant_id'', true))
                      WITH CHECK (tenant_id = current_setting(''app.tenant_id'', true))', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO pulse_app, pulse_operator', name);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON %I TO pulse_ingest', name);
    EXECUTE format('ALTER TABLE %I SET (
                      autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
                      autovacuum_vacuum_cost_delay = 0)', name);
  END LOOP;
END
$$;

-- Up to where it is merged: all that was brought by transactions below `entered`, save those that
-- had not ended then.
CREATE TABLE delta_marks (
  name     text   PRIMARY KEY,
  entered  xid8   NOT NULL,
  in_doubt xid8[] NOT NULL
);
INSERT INTO delta_marks VALUES ('ledger', '0', '{}'), ('route', '0', '{}');
GRANT SELECT, UPDATE ON delta_marks TO pulse_ingest, pulse_operator;

-- The same mark as one may rely on it: in a backup that was restored elsewhere the numbers are of
-- another server, and begin anew.
CREATE FUNCTION pulse_delta_mark(p_name text, OUT entered xid8, OUT in_doubt xid8[])
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE WHEN is_ours THEN mark.entered ELSE '0'::xid8 END,
         CASE WHEN is_ours THEN mark.in_doubt ELSE '{}'::xid8[] END
  FROM public.delta_marks AS mark,
       LATERAL (SELECT mark.entered <= pg_snapshot_xmax(pg_current_snapshot()) AS is_ours) AS judged
  WHERE mark.name = p_name
$$;

-- What settles and stores from here on. The functions of before stay for routers of the release
-- before, which read the totals alone, and add to them.
CREATE FUNCTION pulse_settle(
  p_ids bigint[], p_partitions integer[], p_epochs bigint[]
) RETURNS SETOF integer
  LANGUAGE plpgsql ROWS 1 AS $$
DECLARE
  v_held integer[];
BEGIN
  PERFORM pg_catalog.set_config('role', 'pulse_operator', true);
  -- In the order in which leases are renewed, so that neither waits for the other.
  v_held := ARRAY(
    SELECT lease.partition FROM public.lane_leases AS lease
    JOIN unnest(p_partitions, p_epochs) AS held (partition, epoch) USING (partition, epoch)
    ORDER BY lease.partition
    FOR SHARE OF lease
  );
  IF cardinality(v_held) = cardinality(p_partitions) THEN
    WITH gone AS (
      DELETE FROM public.route_deliveries WHERE id = ANY (p_ids) RETURNING tenant_id, route_id
    ), by_route AS (
      SELECT tenant_id, route_id, count(*) AS count FROM gone GROUP BY tenant_id, route_id
    ), route_counts AS (
      INSERT INTO public.route_deltas (route_id, tenant_id, delivered)
      SELECT route.id, route.tenant_id, by_route.count
      FROM by_route JOIN public.message_routes AS route ON route.id = by_route.route_id
    )
    INSERT INTO public.ledger_deltas (tenant_id, name, value)
    SELECT tenant_id, 'delivered', sum(count) FROM by_route GROUP BY tenant_id;
  END IF;
  RETURN QUERY SELECT unnest(v_held);
END
$$;

-- Stores all that a batch of ingest holds, if the life that asks is not over: 1 when it has stored it,
-- 0 when its sequence number is taken, -1 when another life has begun.
CREATE FUNCTION pulse_commit_batch(
  p_client_id text, p_sequence bigint, p_run_id bigint, p_last_id bigint,
  p_packet_ids integer[], p_digests bigint[],
  p_received integer, p_stored integer, p_rejected integer, p_duplicate integer,
  p_dropped integer, p_matched integer, p_written integer, p_tenants jsonb,
  m_event_id bigint[], m_time timestamptz[], m_received_at timestamptz[], m_tenant_id text[],
  m_device_id text[], m_site_id text[], m_msg_type text[], m_metrics jsonb[], m_extra jsonb[],
  d_id bigint[], d_tenant_id text[], d_route_id bigint[], d_device_id text[], d_topic text[],
  d_payload json[], d_event_id bigint[], d_event_time timestamptz[],
  r_received_at timestamptz[], r_tenant_id text[], r_device_id text[], r_topic text[],
  r_reason text[], r_detail text[], r_payload bytea[],
  w_route_id bigint[], w_count bigint[]
) RETURNS integer
  LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.set_config('role', 'pulse_ingest', true);
  PERFORM FROM public.ingest_nodes WHERE client_id = p_client_id AND run_id = p_run_id FOR SHARE;
  IF NOT FOUND THEN
    RETURN -1;
  END IF;
  INSERT INTO public.ingest_batches
    (client_id, sequence, run_id, last_id, packet_ids, digests,
     received, stored, rejected, duplicate, dropped, matched, written, tenants)
  VALUES
    (p_client_id, p_sequence, p_run_id, p_last_id, p_packet_ids, p_digests,
     p_received, p_stored, p_rejected, p_duplicate, p_dropped, p_matched, p_written, p_tenants)
  ON CONFLICT (client_id, sequence) DO NOTHING;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  IF cardinality(m_event_id) > 0 THEN
    INSERT INTO public.telemetry
      (event_id, time, received_at, tenant_id, device_id, site_id, msg_type, metrics, extra)
    SELECT * FROM unnest(m_event_id, m_time, m_received_at, m_tenant_id, m_device_id, m_site_id,
                         m_msg_type, m_metrics, m_extra);
  END IF;
  IF cardinality(d_id) > 0 THEN
    INSERT INTO public.route_deliveries
      (id, tenant_id, route_id, device_id, topic, payload, event_id, event_time)
    SELECT * FROM unnest(d_id, d_tenant_id, d_route_id, d_device_id, d_topic, d_payload,
                         d_event_id, d_event_time);
  END IF;
  IF cardinality(r_received_at) > 0 THEN
    INSERT INTO public.rejected_messages
      (received_at, tenant_id, device_id, topic, reason, detail, payload)
    SELECT * FROM unnest(r_received_at, r_tenant_id, r_device_id, r_topic, r_reason, r_detail,
                         r_payload);
  END IF;
  IF cardinality(w_route_id) > 0 THEN
    -- A route that was deleted meanwhile is not counted.
    INSERT INTO public.route_deltas (route_id, tenant_id, delivered)
    SELECT route.id, route.tenant_id, written.count
    FROM unnest(w_route_id, w_count) AS written (route_id, count)
    JOIN public.message_routes AS route ON route.id = written.route_id;
  END IF;
  RETURN 1;
END
$$;

-- A backup holds its locks for hours, and ingest waits behind whoever waits for them: a tenth of a
-- second, and the next try comes soon.
ALTER FUNCTION telemetry_make_partition(date) SET lock_timeout = '100ms';
ALTER FUNCTION retention_day(date) SET lock_timeout = '100ms';
ALTER FUNCTION telemetry_drop_partition(date, integer) SET lock_timeout = '100ms';
