-- Joins arrays end to end. Small rows of `ingest_batches` are merged with it, which happens beside
-- the commits: taking their arrays apart and ordering each element took twice as long, and whoever
-- needed a core felt it.
CREATE AGGREGATE pulse_concat(anycompatiblearray) (
  sfunc = pg_catalog.array_cat, stype = anycompatiblearray, initcond = '{}'
);

-- Stores all that a batch of ingest holds, a column in each array, and takes a sequence number;
-- stores nothing and answers false when that number is taken already. Before, refused messages and
-- routes whose destination is the database made each commit one of many round trips.
DROP FUNCTION pulse_store_few;
CREATE FUNCTION pulse_store_batch(
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
) RETURNS boolean
  LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.set_config('role', 'pulse_ingest', true);
  INSERT INTO public.ingest_batches
    (client_id, sequence, run_id, last_id, packet_ids, digests,
     received, stored, rejected, duplicate, dropped, matched, written, tenants)
  VALUES
    (p_client_id, p_sequence, p_run_id, p_last_id, p_packet_ids, p_digests,
     p_received, p_stored, p_rejected, p_duplicate, p_dropped, p_matched, p_written, p_tenants)
  ON CONFLICT (client_id, sequence) DO NOTHING;
  IF NOT FOUND THEN
    RETURN false;
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
    -- Last, as others wait for the rows. A route that was deleted meanwhile is not counted.
    INSERT INTO public.route_totals AS totals (route_id, tenant_id, delivered)
    SELECT route.id, route.tenant_id, written.count
    FROM unnest(w_route_id, w_count) AS written (route_id, count)
    JOIN public.message_routes AS route ON route.id = written.route_id
    ORDER BY route.id
    ON CONFLICT (route_id) DO UPDATE SET delivered = totals.delivered + excluded.delivered;
  END IF;
  RETURN true;
END
$$;
