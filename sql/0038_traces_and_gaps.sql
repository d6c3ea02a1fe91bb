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

-- The numbers that devices count their messages with (`ingest.sequence_field`): the last one of each
-- device and message type, and what was missing. Where nothing is counted, nothing is written.
CREATE TABLE device_sequences (
  tenant_id text   NOT NULL,
  device_id text   NOT NULL,
  msg_type  text   NOT NULL,
  last      bigint NOT NULL,
  event_id  bigint NOT NULL,
  PRIMARY KEY (tenant_id, device_id, msg_type)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
GRANT SELECT, INSERT, UPDATE ON device_sequences TO pulse_ingest;
GRANT SELECT, DELETE ON device_sequences TO pulse_operator;

CREATE TABLE device_gaps (
  id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at        timestamptz NOT NULL,
  tenant_id text        NOT NULL,
  device_id text        NOT NULL,
  msg_type  text        NOT NULL,
  event_id  bigint      NOT NULL,
  expected  bigint      NOT NULL,
  got       bigint      NOT NULL,
  missing   bigint      NOT NULL
);
CREATE INDEX device_gaps_by_device ON device_gaps (tenant_id, device_id, at DESC, id DESC);
CREATE INDEX device_gaps_age ON device_gaps (at);
ALTER TABLE device_gaps ENABLE ROW LEVEL SECURITY;
ALTER TABLE device_gaps FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation_policy ON device_gaps FOR ALL TO pulse_app
  USING (tenant_id = current_setting('app.tenant_id', true))
  WITH CHECK (tenant_id = current_setting('app.tenant_id', true));
GRANT SELECT, INSERT, UPDATE, DELETE ON device_gaps TO pulse_app, pulse_operator;
GRANT INSERT ON device_gaps TO pulse_ingest;

-- Notes the last numbers of a batch, one of each key, in the order of the keys: two routers that
-- store for the same devices wait for each other in turn, and the later message counts. No clock has
-- given an id beyond that number: who has written one there by hand must not stop the count.
CREATE FUNCTION pulse_note_numbers(
  s_tenant_id text[], s_device_id text[], s_msg_type text[], s_last bigint[], s_event_id bigint[]
) RETURNS void
  LANGUAGE sql AS $$
  INSERT INTO public.device_sequences AS known (tenant_id, device_id, msg_type, last, event_id)
  SELECT * FROM unnest(s_tenant_id, s_device_id, s_msg_type, s_last, s_event_id)
  ORDER BY 1, 2, 3
  ON CONFLICT (tenant_id, device_id, msg_type)
  DO UPDATE SET last = excluded.last, event_id = excluded.event_id
  WHERE known.event_id < excluded.event_id OR known.event_id > 8646911284551352319;
$$;

-- Stores a batch of which some deliveries have a trace, or some messages a number: as
-- `pulse_commit_batch` does, whose answer it gives. Batches without either go there, and cost what
-- they did.
CREATE FUNCTION pulse_commit_whole(
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
  w_route_id bigint[], w_count bigint[],
  s_tenant_id text[], s_device_id text[], s_msg_type text[], s_last bigint[], s_event_id bigint[],
  g_at timestamptz[], g_tenant_id text[], g_device_id text[], g_msg_type text[],
  g_event_id bigint[], g_expected bigint[], g_got bigint[], g_missing bigint[]
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
    INSERT INTO public.device_gaps
      (at, tenant_id, device_id, msg_type, event_id, expected, got, missing)
    SELECT * FROM unnest(g_at, g_tenant_id, g_device_id, g_msg_type, g_event_id, g_expected,
                         g_got, g_missing);
    PERFORM public.pulse_note_numbers(s_tenant_id, s_device_id, s_msg_type, s_last, s_event_id);
  END IF;
  RETURN outcome;
END
$$;
