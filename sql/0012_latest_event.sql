-- A device's newest telemetry, by its own time, among the newest thousand of its messages. The
-- planner is left one way, as for history: backwards along the index, and no further than needed.
CREATE FUNCTION telemetry_latest(p_device_id text)
  RETURNS TABLE (event_id bigint, "time" timestamptz, site_id text, metrics jsonb)
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
  v_tenant_id text := nullif(current_setting('app.tenant_id', true), '');
BEGIN
  RETURN QUERY
    SELECT newest.event_id, newest.time, newest.site_id, newest.metrics
    FROM (
      SELECT t.event_id, t.time, t.site_id, t.metrics, t.msg_type
      FROM public.telemetry AS t
      WHERE t.tenant_id = v_tenant_id AND t.device_id = p_device_id
      ORDER BY t.time DESC, t.event_id DESC LIMIT 1000
    ) AS newest
    WHERE newest.msg_type = 'telemetry'
    ORDER BY newest.time DESC, newest.event_id DESC
    LIMIT 1;
END
$$;

REVOKE ALL ON FUNCTION telemetry_latest(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION telemetry_latest(text) TO pulse_app;
