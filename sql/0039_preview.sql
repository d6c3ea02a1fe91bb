-- oldest: 0018
-- locks: nothing that anybody waits for
--
-- What a route would have done with stored messages, and what the metrics of a device have been.

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

-- The metrics of a device from `p_from` to `p_to`, as its newest `p_look` messages of that time have
-- them: how many of these have each, in how many it is a number, and the newest of its times.
CREATE FUNCTION telemetry_metric_names(
  p_device_id text, p_from timestamptz, p_to timestamptz, p_look integer, p_limit integer
)
  RETURNS TABLE (name text, messages bigint, numbers bigint, last_at timestamptz)
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
    SELECT each.key, count(*), count(*) FILTER (WHERE jsonb_typeof(each.value) = 'number'),
           max(found.time)
    FROM (
      SELECT t.time, t.metrics FROM public.telemetry AS t
      WHERE t.tenant_id = v_tenant_id AND t.device_id = p_device_id
        AND t.time >= p_from AND t.time < p_to AND t.received_at >= p_from - interval '24 hours'
      ORDER BY t.time DESC, t.event_id DESC LIMIT p_look
    ) AS found
    CROSS JOIN LATERAL jsonb_each(
      CASE jsonb_typeof(found.metrics) WHEN 'object' THEN found.metrics END
    ) AS each
    GROUP BY each.key ORDER BY each.key LIMIT p_limit;
END
$$;

-- What the numbers of a metric of a device have been, in stretches of `p_seconds` from `p_from` to
-- `p_to`, as its newest `p_look` messages of that time have them. Every row says how many messages
-- were looked at and since when; there is one without a stretch where none has a number.
CREATE FUNCTION telemetry_metric_stretches(
  p_device_id text, p_metric text, p_from timestamptz, p_to timestamptz, p_seconds double precision,
  p_look integer
)
  RETURNS TABLE (stretch bigint, numbers bigint, minimum double precision, mean double precision,
                 maximum double precision, looked_at bigint, since timestamptz)
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
    WITH found AS MATERIALIZED (
      SELECT t.time,
             CASE jsonb_typeof(t.metrics -> p_metric)
               WHEN 'number' THEN (t.metrics ->> p_metric)::numeric END AS value
      FROM public.telemetry AS t
      WHERE t.tenant_id = v_tenant_id AND t.device_id = p_device_id
        AND t.time >= p_from AND t.time < p_to AND t.received_at >= p_from - interval '24 hours'
      ORDER BY t.time DESC, t.event_id DESC LIMIT p_look
    ), stretches AS (
      SELECT floor(extract(epoch FROM found.time - p_from) / p_seconds)::bigint AS stretch,
             count(*) AS numbers, min(found.value)::double precision AS minimum,
             avg(found.value)::double precision AS mean,
             max(found.value)::double precision AS maximum
      FROM found WHERE abs(found.value) < 1.7e308 GROUP BY 1
    )
    SELECT stretches.stretch, stretches.numbers, stretches.minimum, stretches.mean,
           stretches.maximum, whole.looked_at, whole.since
    FROM (SELECT count(*) AS looked_at, min(found.time) AS since FROM found) AS whole
    LEFT JOIN stretches ON true
    ORDER BY stretches.stretch;
END
$$;

REVOKE ALL ON FUNCTION
  telemetry_preview_start(bigint, bigint, integer),
  telemetry_preview(bigint, bigint, integer, integer),
  telemetry_metric_names(text, timestamptz, timestamptz, integer, integer),
  telemetry_metric_stretches(text, text, timestamptz, timestamptz, double precision, integer)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  telemetry_preview_start(bigint, bigint, integer),
  telemetry_preview(bigint, bigint, integer, integer),
  telemetry_metric_names(text, timestamptz, timestamptz, integer, integer),
  telemetry_metric_stretches(text, text, timestamptz, timestamptz, double precision, integer)
  TO pulse_app;
