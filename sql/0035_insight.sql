-- outside a transaction
-- oldest: 0018
-- locks: telemetry, for a moment; its partitions are read once each while ingest goes on
--
-- Messages of all types in the order in which they came in, across devices, for who looks into what
-- became of one; and what was changed of routes since, so that it can be told what held then.

-- What is streamed live has such an index already (0006): a device that sends telemetry pays nothing.
CREATE INDEX CONCURRENTLY IF NOT EXISTS telemetry_unstreamed ON EACH PARTITION OF public.telemetry
  (tenant_id, event_id) WHERE msg_type <> 'telemetry';

CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_log_of_request ON public.audit_log (request_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_log_of_routes ON public.audit_log (tenant_id, id DESC)
  WHERE target_type = 'message_routes';

-- A tenant's messages between two ids, both left out, the newest first: those of a device, a site and
-- a type that have a metric (null: all). It looks through `p_look` of them at the most: `floor` is the
-- last one that it has looked at, null where there is none behind it.
CREATE OR REPLACE FUNCTION public.telemetry_messages(
  p_above bigint, p_below bigint, p_device_id text, p_site_id text, p_msg_type text, p_metric text,
  p_limit integer, p_look integer
)
  RETURNS TABLE (event_id bigint, "time" timestamptz, received_at timestamptz, device_id text,
                 site_id text, msg_type text, metrics jsonb, extra jsonb, floor bigint)
  LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_custom_plan
  SET enable_seqscan = off
  SET enable_bitmapscan = off
  SET enable_sort = off
  SET max_parallel_workers_per_gather = 0
  SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  v_tenant_id text   := nullif(current_setting('app.tenant_id', true), '');
  v_above     bigint := p_above;
  v_floor     bigint;
BEGIN
  IF p_device_id IS NOT NULL OR p_site_id IS NOT NULL OR p_metric IS NOT NULL
     OR p_msg_type <> 'telemetry' THEN
    SELECT looked.event_id INTO v_floor FROM (
      (SELECT t.event_id FROM public.telemetry AS t
       WHERE t.tenant_id = v_tenant_id AND t.msg_type = 'telemetry'
         AND (p_msg_type IS NULL OR p_msg_type = 'telemetry')
         AND t.event_id > p_above AND t.event_id < p_below
       ORDER BY t.event_id DESC LIMIT p_look + 1)
      UNION ALL
      (SELECT t.event_id FROM public.telemetry AS t
       WHERE t.tenant_id = v_tenant_id AND t.msg_type <> 'telemetry'
         AND (p_msg_type IS NULL OR p_msg_type <> 'telemetry')
         AND t.event_id > p_above AND t.event_id < p_below
       ORDER BY t.event_id DESC LIMIT p_look + 1)
    ) AS looked ORDER BY looked.event_id DESC OFFSET p_look LIMIT 1;
    v_above := coalesce(v_floor, v_above);
  END IF;
  RETURN QUERY
    SELECT found.*, v_floor FROM (
      (SELECT t.event_id, t.time, t.received_at, t.device_id, t.site_id, t.msg_type, t.metrics, t.extra
       FROM public.telemetry AS t
       WHERE t.tenant_id = v_tenant_id AND t.msg_type = 'telemetry'
         AND (p_msg_type IS NULL OR p_msg_type = 'telemetry')
         AND t.event_id > v_above AND t.event_id < p_below
         AND (p_device_id IS NULL OR t.device_id = p_device_id)
         AND (p_site_id IS NULL OR t.site_id = p_site_id)
         AND (p_metric IS NULL OR t.metrics ? p_metric)
       ORDER BY t.event_id DESC LIMIT p_limit)
      UNION ALL
      (SELECT t.event_id, t.time, t.received_at, t.device_id, t.site_id, t.msg_type, t.metrics, t.extra
       FROM public.telemetry AS t
       WHERE t.tenant_id = v_tenant_id AND t.msg_type <> 'telemetry'
         AND (p_msg_type IS NULL OR t.msg_type = p_msg_type)
         AND t.event_id > v_above AND t.event_id < p_below
         AND (p_device_id IS NULL OR t.device_id = p_device_id)
         AND (p_site_id IS NULL OR t.site_id = p_site_id)
         AND (p_metric IS NULL OR t.metrics ? p_metric)
       ORDER BY t.event_id DESC LIMIT p_limit)
    ) AS found
    ORDER BY found.event_id DESC LIMIT p_limit;
  IF NOT FOUND AND v_floor IS NOT NULL THEN
    floor := v_floor;
    RETURN NEXT;
  END IF;
END
$$;

-- How many of them there are among the newest `p_look`, and whether there are more to look through.
CREATE OR REPLACE FUNCTION public.telemetry_messages_count(
  p_above bigint, p_below bigint, p_device_id text, p_site_id text, p_msg_type text, p_metric text,
  p_look integer, OUT total bigint, OUT goes_on boolean
)
  LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_custom_plan
  SET enable_seqscan = off
  SET enable_bitmapscan = off
  SET enable_sort = off
  SET max_parallel_workers_per_gather = 0
  SET jit = off
AS $$
DECLARE
  v_tenant_id text := nullif(current_setting('app.tenant_id', true), '');
  v_is_all CONSTANT boolean := p_device_id IS NULL AND p_site_id IS NULL AND p_metric IS NULL
                               AND coalesce(p_msg_type, 'telemetry') = 'telemetry';
BEGIN
  SELECT count(*) FILTER (WHERE looked.is_wanted), count(*) > p_look INTO total, goes_on FROM (
    (SELECT v_is_all OR (
              (p_device_id IS NULL OR t.device_id = p_device_id)
              AND (p_site_id IS NULL OR t.site_id = p_site_id)
              AND (p_metric IS NULL OR t.metrics ? p_metric)) AS is_wanted, t.event_id
     FROM public.telemetry AS t
     WHERE t.tenant_id = v_tenant_id AND t.msg_type = 'telemetry'
       AND (p_msg_type IS NULL OR p_msg_type = 'telemetry')
       AND t.event_id > p_above AND t.event_id < p_below
     ORDER BY t.event_id DESC LIMIT p_look + 1)
    UNION ALL
    (SELECT (p_msg_type IS NULL OR t.msg_type = p_msg_type)
            AND (p_device_id IS NULL OR t.device_id = p_device_id)
            AND (p_site_id IS NULL OR t.site_id = p_site_id)
            AND (p_metric IS NULL OR t.metrics ? p_metric), t.event_id
     FROM public.telemetry AS t
     WHERE t.tenant_id = v_tenant_id AND t.msg_type <> 'telemetry'
       AND (p_msg_type IS NULL OR p_msg_type <> 'telemetry')
       AND t.event_id > p_above AND t.event_id < p_below
     ORDER BY t.event_id DESC LIMIT p_look + 1)
  ) AS looked;
  total := least(total, p_look);
END
$$;

-- One message of a tenant.
CREATE OR REPLACE FUNCTION public.telemetry_message(p_event_id bigint)
  RETURNS TABLE (event_id bigint, "time" timestamptz, received_at timestamptz, device_id text,
                 site_id text, msg_type text, metrics jsonb, extra jsonb)
  LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_custom_plan
  SET enable_seqscan = off
  SET enable_bitmapscan = off
  SET max_parallel_workers_per_gather = 0
  SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  v_tenant_id text := nullif(current_setting('app.tenant_id', true), '');
BEGIN
  RETURN QUERY
    SELECT t.event_id, t.time, t.received_at, t.device_id, t.site_id, t.msg_type, t.metrics, t.extra
    FROM public.telemetry AS t
    WHERE t.tenant_id = v_tenant_id AND t.event_id = p_event_id AND t.msg_type = 'telemetry'
    UNION ALL
    SELECT t.event_id, t.time, t.received_at, t.device_id, t.site_id, t.msg_type, t.metrics, t.extra
    FROM public.telemetry AS t
    WHERE t.tenant_id = v_tenant_id AND t.event_id = p_event_id AND t.msg_type <> 'telemetry'
    LIMIT 1;
END
$$;

-- What people have changed of a tenant's routes since a time, the newest first.
CREATE OR REPLACE FUNCTION public.pulse_route_changes(p_since timestamptz, p_limit integer)
  RETURNS TABLE (id bigint, at timestamptz, subject text, actor text, action text,
                 request_id text, route_id bigint, before jsonb, after jsonb)
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT a.id, a.at, CASE a.actor WHEN 'customer' THEN a.subject END, a.actor, a.action,
         a.request_id, a.target_id::bigint, a.before, a.after
  FROM public.audit_log AS a
  WHERE a.tenant_id = nullif(current_setting('app.tenant_id', true), '')
    AND a.target_type = 'message_routes' AND a.at >= p_since
  ORDER BY a.id DESC LIMIT p_limit
$$;

-- What a request of a tenant's has changed.
CREATE OR REPLACE FUNCTION public.pulse_audit_of_request(p_request_id text)
  RETURNS TABLE (at timestamptz, action text, target_type text, target_id text)
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT a.at, a.action, a.target_type, a.target_id FROM public.audit_log AS a
  WHERE a.request_id = p_request_id
    AND a.tenant_id = nullif(current_setting('app.tenant_id', true), '')
  ORDER BY a.id LIMIT 20
$$;

REVOKE ALL ON FUNCTION
  public.telemetry_messages(bigint, bigint, text, text, text, text, integer, integer),
  public.telemetry_messages_count(bigint, bigint, text, text, text, text, integer),
  public.telemetry_message(bigint), public.pulse_route_changes(timestamptz, integer),
  public.pulse_audit_of_request(text)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  public.telemetry_messages(bigint, bigint, text, text, text, text, integer, integer),
  public.telemetry_messages_count(bigint, bigint, text, text, text, text, integer),
  public.telemetry_message(bigint), public.pulse_route_changes(timestamptz, integer),
  public.pulse_audit_of_request(text)
  TO pulse_app;
