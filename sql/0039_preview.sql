-- oldest: 0018
-- locks: nothing that anybody waits for
--
-- What a route would have done with stored messages, what the metrics of a device have been, and which
-- devices are silent.

-- What is streamed live (0006) and what is not (0035) has an index each, and is read by both.

-- The id of the `p_most`-th newest of a tenant's messages after `p_after`, up to `p_up_to`; null when
-- there are not so many.
CREATE FUNCTION telemetry_preview_start(p_after bigint, p_up_to bigint, p_most integer)
  RETURNS bigint
  LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_generic_plan
  SET enable_seqscan = off
  SET enable_bitmapscan = off
  SET enable_sort = off
  SET max_parallel_workers_per_gather = 0
  SET jit = off
AS $$
DECLARE
  v_tenant_id text := nullif(current_setting('app.tenant_id', true), '');
BEGIN
  RETURN (
    SELECT found.event_id FROM (
      (SELECT t.event_id FROM public.telemetry AS t
       WHERE t.tenant_id = v_tenant_id AND t.msg_type = 'telemetry'
         AND t.event_id > p_after AND t.event_id <= p_up_to
       ORDER BY t.event_id DESC LIMIT p_most)
      UNION ALL
      (SELECT t.event_id FROM public.telemetry AS t
       WHERE t.tenant_id = v_tenant_id AND t.msg_type <> 'telemetry'
         AND t.event_id > p_after AND t.event_id <= p_up_to
       ORDER BY t.event_id DESC LIMIT p_most)
    ) AS found
    ORDER BY found.event_id DESC OFFSET p_most - 1 LIMIT 1
  );
END
$$;

-- A tenant's next messages after `p_after`, up to `p_up_to`, whole: no more than `p_limit`, and no more
-- once they weigh `p_bytes`. It is planned once for a connection: to plan for all days costs more than
-- to read a page, and there is one way to do it.
CREATE FUNCTION telemetry_preview(
  p_after bigint, p_up_to bigint, p_limit integer, p_bytes integer
)
  RETURNS TABLE (event_id bigint, "time" timestamptz, received_at timestamptz, device_id text,
                 site_id text, msg_type text, metrics text, extra text)
  LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_generic_plan
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
    SELECT page.event_id, page.time, page.received_at, page.device_id, page.site_id, page.msg_type,
           page.metrics, page.extra
    FROM (
      SELECT found.*,
             sum(octet_length(coalesce(found.metrics, '')) + octet_length(coalesce(found.extra, ''))) OVER (
               ORDER BY found.event_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
             ) AS weight
      FROM (
        SELECT of_type.event_id, of_type.time, of_type.received_at, of_type.device_id,
               of_type.site_id, of_type.msg_type,
               of_type.metrics::text AS metrics, of_type.extra::text AS extra
        FROM (
          (SELECT t.* FROM public.telemetry AS t
           WHERE t.tenant_id = v_tenant_id AND t.msg_type = 'telemetry'
             AND t.event_id > p_after AND t.event_id <= p_up_to
           ORDER BY t.event_id LIMIT p_limit)
          UNION ALL
          (SELECT t.* FROM public.telemetry AS t
           WHERE t.tenant_id = v_tenant_id AND t.msg_type <> 'telemetry'
             AND t.event_id > p_after AND t.event_id <= p_up_to
           ORDER BY t.event_id LIMIT p_limit)
        ) AS of_type
        ORDER BY of_type.event_id LIMIT p_limit
      ) AS found
    ) AS page
    WHERE coalesce(page.weight, 0) < p_bytes
    ORDER BY page.event_id;
END
$$;

REVOKE ALL ON FUNCTION
  telemetry_preview_start(bigint, bigint, integer),
  telemetry_preview(bigint, bigint, integer, integer)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  telemetry_preview_start(bigint, bigint, integer),
  telemetry_preview(bigint, bigint, integer, integer)
  TO pulse_app;
