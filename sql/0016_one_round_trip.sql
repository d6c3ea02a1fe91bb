-- What the router does for each message when there are few: each a transaction of one round trip.
--
-- A function takes its role by itself, for the rest of the transaction. Whoever may not take it can
-- call it and gets no further. Both do the same again without doing it twice.

-- Stores messages and their deliveries, a column in each array, and takes a sequence number; stores
-- nothing and answers false when that number is taken already.
CREATE FUNCTION pulse_store_few(
  p_client_id text, p_sequence bigint, p_run_id bigint, p_last_id bigint,
  p_packet_ids integer[], p_digests bigint[],
  p_received integer, p_stored integer, p_rejected integer, p_duplicate integer,
  p_dropped integer, p_matched integer, p_written integer, p_tenants jsonb,
  m_event_id bigint[], m_time timestamptz[], m_received_at timestamptz[], m_tenant_id text[],
  m_device_id text[], m_site_id text[], m_msg_type text[], m_metrics jsonb[], m_extra jsonb[],
  d_id bigint[], d_tenant_id text[], d_route_id bigint[], d_device_id text[], d_topic text[],
  d_payload json[], d_event_id bigint[], d_event_time timestamptz[]
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
  INSERT INTO public.telemetry
    (event_id, time, received_at, tenant_id, device_id, site_id, msg_type, metrics, extra)
  SELECT * FROM unnest(m_event_id, m_time, m_received_at, m_tenant_id, m_device_id, m_site_id,
                       m_msg_type, m_metrics, m_extra);
  IF cardinality(d_id) > 0 THEN
    INSERT INTO public.route_deliveries
      (id, tenant_id, route_id, device_id, topic, payload, event_id, event_time)
    SELECT * FROM unnest(d_id, d_tenant_id, d_route_id, d_device_id, d_topic, d_payload,
                         d_event_id, d_event_time);
  END IF;
  RETURN true;
END
$$;

-- Removes deliveries that were made, and adds them to the books; removes none unless every lease
-- is still held. Answers the partitions whose leases are, and keeps these until the commit.
CREATE FUNCTION pulse_settle_delivered(
  p_ids bigint[], p_partitions integer[], p_epochs bigint[]
) RETURNS SETOF integer
  LANGUAGE plpgsql ROWS 1 AS $$
DECLARE
  v_held integer[];
BEGIN
  PERFORM pg_catalog.set_config('role', 'pulse_operator', true);
  v_held := ARRAY(
    SELECT lease.partition FROM public.lane_leases AS lease
    JOIN unnest(p_partitions, p_epochs) AS held (partition, epoch) USING (partition, epoch)
    FOR SHARE OF lease
  );
  IF cardinality(v_held) = cardinality(p_partitions) THEN
    WITH gone AS (
      DELETE FROM public.route_deliveries WHERE id = ANY (p_ids) RETURNING tenant_id, route_id
    ), by_route AS (
      SELECT tenant_id, route_id, count(*) AS count FROM gone GROUP BY tenant_id, route_id
    ), route_counts AS (
      INSERT INTO public.route_totals AS totals (route_id, tenant_id, delivered)
      SELECT route.id, route.tenant_id, by_route.count
      FROM by_route JOIN public.message_routes AS route ON route.id = by_route.route_id
      ORDER BY route.id
      ON CONFLICT (route_id) DO UPDATE SET delivered = totals.delivered + excluded.delivered
    )
    INSERT INTO public.ledger_totals AS totals (tenant_id, name, value)
    SELECT tenant_id, 'delivered', sum(count) FROM by_route GROUP BY tenant_id ORDER BY tenant_id
    ON CONFLICT (tenant_id, name) DO UPDATE SET value = totals.value + excluded.value;
  END IF;
  RETURN QUERY SELECT unnest(v_held);
END
$$;
