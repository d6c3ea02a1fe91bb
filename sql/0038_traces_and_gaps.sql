-- oldest: 0018
-- locks: route_deliveries and dead_letter_messages, for a moment
--
-- What a device says of its trace (W3C Trace Context) is kept with its deliveries and dead letters;
-- null where it says nothing.
ALTER TABLE route_deliveries ADD COLUMN trace text;
ALTER TABLE dead_letter_messages ADD COLUMN trace text;

-- A delivery that is buried keeps its trace, whoever buries it: a router of the release before as
-- well. Stable, so that it looks with the eyes of the statement that buries, in which the delivery
-- that it removes is there still.
CREATE FUNCTION pulse_keep_trace() RETURNS trigger
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  SELECT trace INTO NEW.trace FROM public.route_deliveries WHERE id = NEW.delivery_id;
  RETURN NEW;
END
$$;
CREATE TRIGGER keep_trace BEFORE INSERT ON dead_letter_messages
  FOR EACH ROW WHEN (NEW.trace IS NULL) EXECUTE FUNCTION pulse_keep_trace();

-- Stores a batch of which some deliveries have a trace: as `pulse_commit_batch` does, whose answer it
-- gives. Batches without any go there, and cost what they did.
CREATE FUNCTION pulse_commit_traced(
  p_client_id text, p_sequence bigint, p_run_id bigint, p_last_id bigint,
  p_packet_ids integer[], p_digests bigint[],
  p_received integer, p_stored integer, p_rejected integer, p_duplicate integer,
  p_dropped integer, p_matched integer, p_written integer, p_tenants jsonb,
  m_event_id bigint[], m_time timestamptz[], m_received_at timestamptz[], m_tenant_id text[],
  m_device_id text[], m_site_id text[], m_msg_type text[], m_metrics jsonb[], m_extra jsonb[],
  d_id bigint[], d_tenant_id text[], d_route_id bigint[], d_device_id text[], d_topic text[],
  d_payload json[], d_event_id bigint[], d_event_time timestamptz[], d_trace text[],
  r_received_at timestamptz[], r_tenant_id text[], r_device_id text[], r_topic text[],
  r_reason text[], r_detail text[], r_payload bytea[],
  w_route_id bigint[], w_count bigint[]
) RETURNS integer
  LANGUAGE plpgsql AS $$
DECLARE
  outcome integer := public.pulse_commit_batch(
    p_client_id, p_sequence, p_run_id, p_last_id, p_packet_ids, p_digests,
    p_received, p_stored, p_rejected, p_duplicate, p_dropped, p_matched, p_written, p_tenants,
    m_event_id, m_time, m_received_at, m_tenant_id, m_device_id, m_site_id, m_msg_type, m_metrics,
    m_extra, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}',
    r_received_at, r_tenant_id, r_device_id, r_topic, r_reason, r_detail, r_payload,
    w_route_id, w_count);
BEGIN
  IF outcome = 1 THEN
    INSERT INTO public.route_deliveries
      (id, tenant_id, route_id, device_id, topic, payload, event_id, event_time, trace)
    SELECT * FROM unnest(d_id, d_tenant_id, d_route_id, d_device_id, d_topic, d_payload,
                         d_event_id, d_event_time, d_trace);
  END IF;
  RETURN outcome;
END
$$;
