-- oldest: 0018
-- locks: nothing
--
-- Who has had a route resumed, or a delivery attempted, is written down as what they change is: in the
-- transaction of that. What waits is changed by delivery all the time, so that no trigger tells.
CREATE FUNCTION pulse_audit_hurry(p_target text, p_id bigint, p_after jsonb) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  doer   CONSTANT jsonb := nullif(current_setting('app.actor', true), '')::jsonb;
  tenant CONSTANT text  := nullif(current_setting('app.tenant_id', true), '');
BEGIN
  IF doer IS NOT NULL AND tenant IS NOT NULL
     AND p_target IN ('message_routes', 'route_deliveries') THEN
    PERFORM public.pulse_audit_write(doer, p_target, ARRAY[tenant], ARRAY[p_id::text],
                                     ARRAY['[]'::jsonb], ARRAY[NULL::jsonb], ARRAY[p_after], 1);
  END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION pulse_audit_hurry(text, bigint, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_audit_hurry(text, bigint, jsonb) TO pulse_app;

-- As before, without what changes nothing of the route itself.
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
    AND a.target_type = 'message_routes' AND a.at >= p_since AND a.action <> 'resume_route'
  ORDER BY a.id DESC LIMIT p_limit
$$;

-- Gaps are found by ingest and removed by retention: for tenants they are there to be read.
REVOKE INSERT, UPDATE, DELETE ON device_gaps FROM pulse_app;
