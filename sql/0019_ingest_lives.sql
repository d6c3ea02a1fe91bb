-- oldest: 0018
-- locks: nothing for longer than a moment
--
-- A commit belongs to one life of a router. Each life writes its run here before it loads what
-- earlier ones have committed, and each commit holds the row while it finds its own run there: so a
-- commit of an earlier life either ends before, and is loaded, or finds that its life is over.
-- Before, a commit that landed late was stored again.
ALTER TABLE ingest_nodes ADD COLUMN run_id bigint;
ALTER TABLE ingest_nodes ADD COLUMN begun_at timestamptz;
-- Who it is: its name among the holders of lanes, which tells whether it lives, and its process.
ALTER TABLE ingest_nodes ADD COLUMN owner text;
ALTER TABLE ingest_nodes ADD COLUMN process text;
GRANT UPDATE (run_id, begun_at, owner, process) ON ingest_nodes TO pulse_ingest;
GRANT SELECT ON lane_owners TO pulse_ingest;

-- Stores a batch as `pulse_store_batch` does, if the life that asks is not over: 1 when it has stored
-- it, 0 when its sequence number is taken, -1 when another life has begun.
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
  RETURN public.pulse_store_batch(
    p_client_id, p_sequence, p_run_id, p_last_id, p_packet_ids, p_digests, p_received, p_stored,
    p_rejected, p_duplicate, p_dropped, p_matched, p_written, p_tenants, m_event_id, m_time,
    m_received_at, m_tenant_id, m_device_id, m_site_id, m_msg_type, m_metrics, m_extra, d_id,
    d_tenant_id, d_route_id, d_device_id, d_topic, d_payload, d_event_id, d_event_time,
    r_received_at, r_tenant_id, r_device_id, r_topic, r_reason, r_detail, r_payload, w_route_id,
    w_count
  )::integer;
END
$$;
