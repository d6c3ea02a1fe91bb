-- oldest: 0018
-- locks: nothing for longer than a moment
--
-- Receipts: what became of deliveries that succeeded. Before, they were counted, and nothing else was
-- left of them. A row holds those that a transaction has settled of a route, all answered alike, or
-- many such rows put together; receipts of a row stand in the same order in each of its arrays, and
-- `run_…` say when so many of them in a row were settled, and what the destination answered.
-- `left_out` are those that were not written, for the day had enough: their ids lie between the first
-- and the last as well.
CREATE TABLE delivery_receipts (
  tenant_id         text          NOT NULL,
  route_id          bigint        NOT NULL,
  first_event_id    bigint        NOT NULL,
  last_event_id     bigint        NOT NULL,
  first_delivery_id bigint        NOT NULL,
  last_delivery_id  bigint        NOT NULL,
  first_settled_at  timestamptz   NOT NULL,
  settled_at        timestamptz   NOT NULL, -- the last of them
  left_out          bigint        NOT NULL DEFAULT 0,
  event_ids         bigint[]      NOT NULL,
  delivery_ids      bigint[]      NOT NULL,
  attempts          integer[]     NOT NULL,
  milliseconds      integer[]     NOT NULL,
  run_settled_at    timestamptz[] NOT NULL,
  run_statuses      integer[]     NOT NULL,
  run_counts        integer[]     NOT NULL,
  history           jsonb                   -- by delivery id, of those that took more than one attempt
) PARTITION BY RANGE (settled_at);
CREATE TABLE delivery_receipts_default PARTITION OF delivery_receipts DEFAULT;
-- The stretches that hold an id. No range ends with the greatest number there is.
CREATE INDEX delivery_receipts_by_event ON delivery_receipts USING gist (int8range(
  least(first_event_id, 9223372036854775806), least(last_event_id, 9223372036854775806), '[]'));
CREATE INDEX delivery_receipts_by_delivery ON delivery_receipts USING gist (int8range(
  least(first_delivery_id, 9223372036854775806), least(last_delivery_id, 9223372036854775806), '[]'));
CREATE INDEX delivery_receipts_by_route ON delivery_receipts (route_id, settled_at);

-- What is not put together yet, found as `ledger_deltas` are. Whoever settles inserts, and waits for
-- nobody.
CREATE TABLE receipt_deltas (
  entered xid8   NOT NULL DEFAULT pg_current_xact_id(),
  id      bigint GENERATED ALWAYS AS IDENTITY,
  LIKE delivery_receipts INCLUDING DEFAULTS,
  PRIMARY KEY (entered, id)
);
ALTER TABLE receipt_deltas SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
  autovacuum_vacuum_cost_delay = 0);
INSERT INTO delta_marks VALUES ('receipt', '0', '{}');

-- Tenants read by the functions below alone, as they read telemetry.
GRANT SELECT, INSERT, DELETE ON receipt_deltas TO pulse_operator;
GRANT SELECT, INSERT ON delivery_receipts TO pulse_operator;

CREATE AGGREGATE pulse_joined(bigint[]) (SFUNC = array_cat, STYPE = bigint[], INITCOND = '{}');
CREATE AGGREGATE pulse_joined(integer[]) (SFUNC = array_cat, STYPE = integer[], INITCOND = '{}');
CREATE AGGREGATE pulse_joined(timestamptz[])
  (SFUNC = array_cat, STYPE = timestamptz[], INITCOND = '{}');
CREATE AGGREGATE pulse_joined(jsonb) (SFUNC = jsonb_concat, STYPE = jsonb, INITCOND = '{}');


-- Settling -------------------------------------------------------------------------------------

-- Removes deliveries that were made, and leaves their receipts: each id with what was answered and how
-- long that took; no id twice. What is not there any more leaves none. With `p_leave_out` those that succeeded at
-- once leave none either, and are counted. Rows of many are not to be put together any more.
CREATE FUNCTION pulse_remove_delivered(
  p_ids bigint[], p_statuses integer[], p_milliseconds integer[], p_leave_out boolean
) RETURNS TABLE (tenant_id text, count bigint, route_id bigint)
  LANGUAGE plpgsql ROWS 1
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off -- many rows may be dead
  SET enable_nestloop = off SET enable_mergejoin = off SET jit = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    WITH gone AS (
      DELETE FROM public.route_deliveries WHERE id = ANY (p_ids)
      RETURNING id, tenant_id, route_id, event_id, NOT p_leave_out OR attempts > 0 AS is_kept,
        CASE WHEN attempts = 0 THEN 1 ELSE least(
          greatest(attempts::bigint - coalesce(pushbacks, 0), 0) + 1, 2147483647)::integer
        END AS attempts,
        CASE WHEN attempts > 0 THEN history END AS history
    ), settled AS (
      SELECT tenant_id, route_id, status, min(event_id) AS first_event_id,
        max(event_id) AS last_event_id, min(id) AS first_delivery_id, max(id) AS last_delivery_id,
        count(*) AS count, count(*) FILTER (WHERE is_kept) AS kept,
        array_agg(event_id) FILTER (WHERE is_kept) AS event_ids,
        array_agg(id) FILTER (WHERE is_kept) AS delivery_ids,
        array_agg(attempts) FILTER (WHERE is_kept) AS attempts,
        array_agg(coalesce(milliseconds, 0)) FILTER (WHERE is_kept) AS milliseconds,
        jsonb_object_agg(id, history) FILTER (WHERE history IS NOT NULL) AS history
      FROM gone JOIN unnest(p_ids, p_statuses, p_milliseconds) AS ended (id, status, milliseconds)
        USING (id)
      GROUP BY tenant_id, route_id, status
    ), many AS (
      INSERT INTO public.delivery_receipts
      SELECT tenant_id, route_id, first_event_id, last_event_id, first_delivery_id, last_delivery_id,
        now(), now(), count - kept, event_ids, delivery_ids, attempts, milliseconds,
        ARRAY[now()], ARRAY[status], ARRAY[kept::integer], history
      FROM settled WHERE kept >= 256
    ), few AS (
      INSERT INTO public.receipt_deltas
        (tenant_id, route_id, first_event_id, last_event_id, first_delivery_id, last_delivery_id,
         first_settled_at, settled_at, left_out, event_ids, delivery_ids, attempts, milliseconds,
         run_settled_at, run_statuses, run_counts, history)
      SELECT tenant_id, route_id, first_event_id, last_event_id, first_delivery_id, last_delivery_id,
        now(), now(), count - kept, coalesce(event_ids, '{}'), coalesce(delivery_ids, '{}'),
        coalesce(attempts, '{}'), coalesce(milliseconds, '{}'),
        CASE WHEN kept > 0 THEN ARRAY[now()] ELSE '{}' END,
        CASE WHEN kept > 0 THEN ARRAY[status] ELSE '{}' END,
        CASE WHEN kept > 0 THEN ARRAY[kept::integer] ELSE '{}' END, history
      FROM settled WHERE kept < 256
    )
    SELECT tenant_id, sum(count)::bigint, route_id FROM settled GROUP BY tenant_id, route_id;
END
$$;

-- As `pulse_settle`, with receipts. That one stays for routers of the release before, which leave none.
CREATE FUNCTION pulse_settle_with_receipts(
  p_ids bigint[], p_statuses integer[], p_milliseconds integer[], p_leave_out boolean,
  p_partitions integer[], p_epochs bigint[]
) RETURNS SETOF integer
  LANGUAGE plpgsql ROWS 1 AS $$
DECLARE
  v_held integer[];
BEGIN
  PERFORM pg_catalog.set_config('role', 'pulse_operator', true);
  -- In the order in which leases are renewed, so that neither waits for the other.
  v_held := ARRAY(
    SELECT lease.partition FROM public.lane_leases AS lease
    JOIN unnest(p_partitions, p_epochs) AS held (partition, epoch) USING (partition, epoch)
    ORDER BY lease.partition
    FOR SHARE OF lease
  );
  IF cardinality(v_held) = cardinality(p_partitions) THEN
    WITH by_route AS (
      SELECT * FROM public.pulse_remove_delivered(p_ids, p_statuses, p_milliseconds, p_leave_out)
    ), route_counts AS (
      INSERT INTO public.route_deltas (route_id, tenant_id, delivered)
      SELECT route.id, route.tenant_id, by_route.count
      FROM by_route JOIN public.message_routes AS route ON route.id = by_route.route_id
    )
    INSERT INTO public.ledger_deltas (tenant_id, name, value)
    SELECT tenant_id, 'delivered', sum(count) FROM by_route GROUP BY tenant_id;
  END IF;
  RETURN QUERY SELECT unnest(v_held);
END
$$;


-- Putting together -----------------------------------------------------------------------------

-- Puts together what was brought by transactions below `p_below`, up to so many rows, and tells how
-- many there were: where they are fewer, all is done, and the mark says so. `p_below` has not begun
-- when the first piece is taken, so that what waits again is not taken again.
--
-- Rows of a route and an hour make one of about a thousand receipts, so each lies within an hour of
-- the day; what is less than half of that waits as long as the hour does.
CREATE FUNCTION pulse_merge_receipts(p_rows bigint, p_below xid8) RETURNS bigint
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
  SET timezone = 'UTC'
  SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
AS $$
DECLARE
  v_found bigint;
BEGIN
  WITH mark AS MATERIALIZED (
    SELECT * FROM public.pulse_delta_mark('receipt')
  ), taken AS MATERIALIZED (
    SELECT found.* FROM mark, LATERAL (
      (SELECT delta.ctid AS place FROM public.receipt_deltas AS delta
       WHERE delta.entered >= mark.entered AND delta.entered < p_below
       ORDER BY delta.entered, delta.id LIMIT p_rows)
      UNION ALL
      (SELECT delta.ctid FROM public.receipt_deltas AS delta
       WHERE delta.entered = ANY (mark.in_doubt) AND delta.entered < mark.entered
       ORDER BY delta.entered, delta.id LIMIT p_rows)
    ) AS found
  ), gone AS (
    DELETE FROM public.receipt_deltas WHERE ctid = ANY (ARRAY(SELECT place FROM taken)) RETURNING *
  ), moved AS (
    UPDATE public.delta_marks AS kept SET entered = p_below,
      in_doubt = ARRAY(SELECT open FROM pg_snapshot_xip(pg_current_snapshot()) AS open
                       WHERE open < p_below)
    FROM mark
    WHERE kept.name = 'receipt' AND mark.entered <= p_below AND (SELECT count(*) FROM taken) < p_rows
  ), weighed AS (
    SELECT *, date_trunc('hour', settled_at) AS hour,
      sum(1 + cardinality(event_ids) + coalesce(pg_column_size(history), 0) / 64) OVER (
        PARTITION BY tenant_id, route_id, date_trunc('hour', settled_at)
        ORDER BY settled_at, first_delivery_id) / 1024 AS piece
    FROM gone
  ), joined AS (
    SELECT tenant_id, route_id, hour, min(first_event_id) AS first_event_id,
      max(last_event_id) AS last_event_id, min(first_delivery_id) AS first_delivery_id,
      max(last_delivery_id) AS last_delivery_id, min(first_settled_at) AS first_settled_at,
      max(settled_at) AS settled_at, least(sum(left_out), 9223372036854775807)::bigint AS left_out,
      public.pulse_joined(event_ids) AS event_ids, public.pulse_joined(delivery_ids) AS delivery_ids,
      public.pulse_joined(attempts) AS attempts, public.pulse_joined(milliseconds) AS milliseconds,
      public.pulse_joined(run_settled_at) AS run_settled_at,
      public.pulse_joined(run_statuses) AS run_statuses,
      public.pulse_joined(run_counts) AS run_counts,
      public.pulse_joined(history) FILTER (WHERE history IS NOT NULL) AS history
    FROM (SELECT * FROM weighed ORDER BY settled_at, first_delivery_id) AS in_order
    GROUP BY tenant_id, route_id, hour, piece
  ), judged AS (
    SELECT joined.*, hour <> date_trunc('hour', now()) OR cardinality(event_ids) >= 512
      OR coalesce(pg_column_size(history), 0) >= 32768 AS is_whole
    FROM joined
  ), whole AS (
    INSERT INTO public.delivery_receipts
    SELECT tenant_id, route_id, first_event_id, last_event_id, first_delivery_id, last_delivery_id,
      first_settled_at, settled_at, left_out, event_ids, delivery_ids, attempts, milliseconds,
      run_settled_at, run_statuses, run_counts, history
    FROM judged WHERE is_whole
  ), waiting AS (
    INSERT INTO public.receipt_deltas
      (tenant_id, route_id, first_event_id, last_event_id, first_delivery_id, last_delivery_id,
       first_settled_at, settled_at, left_out, event_ids, delivery_ids, attempts, milliseconds,
       run_settled_at, run_statuses, run_counts, history)
    SELECT tenant_id, route_id, first_event_id, last_event_id, first_delivery_id, last_delivery_id,
      first_settled_at, settled_at, left_out, event_ids, delivery_ids, attempts, milliseconds,
      run_settled_at, run_statuses, run_counts, history
    FROM judged WHERE NOT is_whole
  )
  SELECT count(*) INTO v_found FROM taken;
  RETURN v_found;
END
$$;

-- How many bytes the receipts of a day take, on the disk; what is not put together yet is no part of
-- it, but of what comes.
CREATE FUNCTION pulse_receipt_bytes(p_day date) RETURNS bigint
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(pg_total_relation_size(coalesce(
    to_regclass('public.delivery_receipts_' || to_char(p_day, 'YYYYMMDD')),
    'public.delivery_receipts_default')), 0)
$$;


-- Looking up -----------------------------------------------------------------------------------

-- What of a tenant is not put together yet.
CREATE FUNCTION pulse_unmerged_receipts(p_tenant_id text) RETURNS SETOF receipt_deltas
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
AS $$
  SELECT added.* FROM public.pulse_delta_mark('receipt') AS mark, LATERAL (
    SELECT delta.* FROM public.receipt_deltas AS delta
    WHERE delta.entered >= mark.entered AND delta.tenant_id = p_tenant_id
    UNION ALL
    SELECT delta.* FROM public.receipt_deltas AS delta
    WHERE delta.entered = ANY (mark.in_doubt) AND delta.entered < mark.entered
      AND delta.tenant_id = p_tenant_id
  ) AS added
$$;

-- The rows of the tenant that asks that may hold a message's receipts, or a delivery's: a row's stretch
-- is told by its lowest and its highest id, which grow with the time when they were given.
CREATE FUNCTION pulse_receipt_stretches(p_event_id bigint, p_delivery_id bigint)
  RETURNS SETOF delivery_receipts
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_custom_plan
  SET enable_seqscan = off
  SET max_parallel_workers_per_gather = 0
  SET jit = off
AS $$
DECLARE
  v_tenant_id text := nullif(current_setting('app.tenant_id', true), '');
BEGIN
  RETURN QUERY
    SELECT held.* FROM public.delivery_receipts AS held
    WHERE p_event_id IS NOT NULL AND held.tenant_id = v_tenant_id
      AND p_event_id BETWEEN held.first_event_id AND held.last_event_id
      AND int8range(least(held.first_event_id, 9223372036854775806),
                    least(held.last_event_id, 9223372036854775806), '[]')
          @> least(p_event_id, 9223372036854775806)
    UNION ALL
    SELECT held.* FROM public.delivery_receipts AS held
    WHERE p_event_id IS NULL AND held.tenant_id = v_tenant_id
      AND p_delivery_id BETWEEN held.first_delivery_id AND held.last_delivery_id
      AND int8range(least(held.first_delivery_id, 9223372036854775806),
                    least(held.last_delivery_id, 9223372036854775806), '[]')
          @> least(p_delivery_id, 9223372036854775806)
    UNION ALL
    SELECT fresh.tenant_id, fresh.route_id, fresh.first_event_id, fresh.last_event_id,
      fresh.first_delivery_id, fresh.last_delivery_id, fresh.first_settled_at, fresh.settled_at,
      fresh.left_out, fresh.event_ids, fresh.delivery_ids, fresh.attempts, fresh.milliseconds,
      fresh.run_settled_at, fresh.run_statuses, fresh.run_counts, fresh.history
    FROM public.pulse_unmerged_receipts(v_tenant_id) AS fresh
    WHERE CASE WHEN p_event_id IS NULL
               THEN p_delivery_id BETWEEN fresh.first_delivery_id AND fresh.last_delivery_id
               ELSE p_event_id BETWEEN fresh.first_event_id AND fresh.last_event_id END;
END
$$;

-- A tenant's receipts of a message, or of a delivery. Without `app.tenant_id` there are none.
CREATE FUNCTION receipts_find(p_event_id bigint, p_delivery_id bigint)
  RETURNS TABLE (delivery_id bigint, event_id bigint, route_id bigint, settled_at timestamptz,
                 attempts integer, status integer, milliseconds integer, history jsonb)
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off
  SET max_parallel_workers_per_gather = 0
  SET jit = off
AS $$
  SELECT each.delivery_id, each.event_id, held.route_id, run.settled_at, each.attempts, run.status,
         each.milliseconds, held.history -> each.delivery_id::text
  FROM public.pulse_receipt_stretches(p_event_id, p_delivery_id) AS held,
    LATERAL unnest(held.event_ids, held.delivery_ids, held.attempts, held.milliseconds)
      WITH ORDINALITY AS each (event_id, delivery_id, attempts, milliseconds, place),
    LATERAL (
      SELECT * FROM (
        SELECT runs.settled_at, runs.status, sum(runs.count) OVER (ORDER BY runs.place) AS up_to
        FROM unnest(held.run_settled_at, held.run_statuses, held.run_counts)
          WITH ORDINALITY AS runs (settled_at, status, count, place)
      ) AS summed
      WHERE summed.up_to >= each.place ORDER BY summed.up_to LIMIT 1
    ) AS run
  -- A row that does not hold it is not taken apart.
  WHERE (p_event_id IS NULL OR p_event_id = ANY (held.event_ids))
    AND (p_delivery_id IS NULL OR p_delivery_id = ANY (held.delivery_ids))
    AND (p_event_id IS NULL OR each.event_id = p_event_id)
    AND (p_delivery_id IS NULL OR each.delivery_id = p_delivery_id)
$$;

-- How many receipts were left out among which that of a message, or of a delivery, would be.
CREATE FUNCTION receipts_left_out(p_event_id bigint, p_delivery_id bigint) RETURNS bigint
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off
  SET max_parallel_workers_per_gather = 0
  SET jit = off
AS $$
  SELECT least(coalesce(sum(left_out), 0), 9223372036854775807)::bigint
  FROM public.pulse_receipt_stretches(p_event_id, p_delivery_id)
$$;

-- A route's rows that have receipts of a stretch of time, those that end last first, up to so many.
-- Each lies within one hour, so that none of a later hour holds any of `p_upto`.
CREATE FUNCTION receipts_of_route(
  p_route_id bigint, p_from timestamptz, p_upto timestamptz, p_status integer, p_rows integer
)
  RETURNS TABLE (settled_at timestamptz, left_out bigint, event_ids bigint[], delivery_ids bigint[],
                 attempts integer[], milliseconds integer[], run_settled_at timestamptz[],
                 run_statuses integer[], run_counts integer[])
  LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_custom_plan
  SET enable_seqscan = off
  SET enable_bitmapscan = off
  SET max_parallel_workers_per_gather = 0
  SET jit = off
  SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
  v_tenant_id text        := nullif(current_setting('app.tenant_id', true), '');
  v_from      timestamptz := coalesce(p_from, '-infinity');
  v_upto      timestamptz := coalesce(p_upto, 'infinity');
  v_end       timestamptz := date_trunc('hour', v_upto) + interval '1 hour';
BEGIN
  RETURN QUERY
    SELECT * FROM (
      (SELECT t.settled_at, t.left_out, t.event_ids, t.delivery_ids, t.attempts, t.milliseconds,
              t.run_settled_at, t.run_statuses, t.run_counts
       FROM public.delivery_receipts AS t
       WHERE t.tenant_id = v_tenant_id AND t.route_id = p_route_id
         AND t.settled_at >= v_from AND t.settled_at < v_end AND t.first_settled_at <= v_upto
         AND (p_status IS NULL OR p_status = ANY (t.run_statuses))
       ORDER BY t.settled_at DESC LIMIT p_rows)
      UNION ALL
      (SELECT t.settled_at, t.left_out, t.event_ids, t.delivery_ids, t.attempts, t.milliseconds,
              t.run_settled_at, t.run_statuses, t.run_counts
       FROM public.pulse_unmerged_receipts(v_tenant_id) AS t
       WHERE t.route_id = p_route_id
         AND t.settled_at >= v_from AND t.first_settled_at <= v_upto
         AND (p_status IS NULL OR p_status = ANY (t.run_statuses)))
    ) AS found
    ORDER BY found.settled_at DESC LIMIT p_rows;
END
$$;

-- How many of a route's deliveries were made in each minute, by what was answered; what was left out
-- stands in a row of its own for each minute, as `left_out`.
CREATE FUNCTION receipts_by_minute(p_route_id bigint, p_from timestamptz, p_to timestamptz)
  RETURNS TABLE (minute timestamptz, status integer, count bigint, left_out bigint)
  LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_custom_plan
  SET enable_seqscan = off
  SET max_parallel_workers_per_gather = 0
  SET jit = off
  SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
  v_tenant_id text        := nullif(current_setting('app.tenant_id', true), '');
  v_end       timestamptz := date_trunc('hour', p_to) + interval '1 hour';
BEGIN
  RETURN QUERY
    WITH held AS MATERIALIZED (
      SELECT t.settled_at, t.left_out, t.run_settled_at, t.run_statuses, t.run_counts
      FROM public.delivery_receipts AS t
      WHERE t.tenant_id = v_tenant_id AND t.route_id = p_route_id
        AND t.settled_at >= p_from AND t.settled_at < v_end AND t.first_settled_at < p_to
      UNION ALL
      SELECT t.settled_at, t.left_out, t.run_settled_at, t.run_statuses, t.run_counts
      FROM public.pulse_unmerged_receipts(v_tenant_id) AS t
      WHERE t.route_id = p_route_id AND t.settled_at >= p_from AND t.first_settled_at < p_to
    )
    SELECT date_trunc('minute', run.settled_at) AS minute, run.status, sum(run.count)::bigint, 0::bigint
    FROM held, LATERAL unnest(held.run_settled_at, held.run_statuses, held.run_counts)
      AS run (settled_at, status, count)
    WHERE run.settled_at >= p_from AND run.settled_at < p_to
    GROUP BY 1, 2
    UNION ALL
    SELECT date_trunc('minute', held.settled_at), NULL, 0,
           least(sum(held.left_out), 9223372036854775807)::bigint
    FROM held WHERE held.left_out > 0 AND held.settled_at < p_to
    GROUP BY 1
    ORDER BY 1, 2;
END
$$;


-- Partitions -----------------------------------------------------------------------------------

-- The same as for telemetry: made ahead, moved out of the default partition, dropped when they are old.
CREATE FUNCTION receipts_make_partition(p_day date) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET lock_timeout = '100ms'
AS $$
DECLARE
  v_lower timestamptz := p_day::timestamp AT TIME ZONE 'UTC';
  v_upper timestamptz := (p_day + 1)::timestamp AT TIME ZONE 'UTC';
  v_name  text        := 'delivery_receipts_' || to_char(p_day, 'YYYYMMDD');
  v_moved bigint;
BEGIN
  LOCK TABLE public.delivery_receipts IN SHARE UPDATE EXCLUSIVE MODE; -- one maker at a time
  IF to_regclass('public.' || v_name) IS NOT NULL THEN
    RETURN NULL;
  END IF;
  EXECUTE format(
    'CREATE TABLE public.%I (LIKE public.delivery_receipts INCLUDING ALL EXCLUDING INDEXES)', v_name);
  LOCK TABLE public.delivery_receipts_default IN ACCESS EXCLUSIVE MODE;
  EXECUTE format('WITH moved AS (
                    DELETE FROM public.delivery_receipts_default
                    WHERE settled_at >= $1 AND settled_at < $2 RETURNING *)
                  INSERT INTO public.%I SELECT * FROM moved', v_name)
    USING v_lower, v_upper;
  GET DIAGNOSTICS v_moved = ROW_COUNT;
  EXECUTE format('ALTER TABLE public.delivery_receipts ATTACH PARTITION public.%I
                    FOR VALUES FROM (%L) TO (%L)', v_name, v_lower, v_upper);
  RETURN v_moved;
END
$$;

CREATE FUNCTION receipts_days_without_partition(p_limit integer) RETURNS SETOF date
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT DISTINCT (settled_at AT TIME ZONE 'UTC')::date AS day
  FROM public.delivery_receipts_default ORDER BY day DESC LIMIT p_limit
$$;

CREATE FUNCTION receipts_drop_partition(p_today date, p_keep_days integer) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET lock_timeout = '100ms'
AS $$
DECLARE
  v_day  date := public.retention_day(p_today);
  v_name text;
BEGIN
  IF p_keep_days IS NULL OR p_keep_days < 1 THEN
    RAISE EXCEPTION 'keep_days must be 1 or more, not %', p_keep_days
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT c.relname INTO v_name
  FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
  WHERE i.inhparent = 'public.delivery_receipts'::regclass
    AND c.relname ~ '^delivery_receipts_[0-9]{8,}$'
    AND to_date(right(c.relname, -18), 'YYYYMMDD') < v_day - p_keep_days
  ORDER BY to_date(right(c.relname, -18), 'YYYYMMDD') LIMIT 1;
  IF v_name IS NOT NULL THEN
    LOCK TABLE public.delivery_receipts IN ACCESS EXCLUSIVE MODE; -- before its partition, as readers do
    EXECUTE format('DROP TABLE public.%I', v_name);
  END IF;
  RETURN v_name;
END
$$;


-- Who may call what ----------------------------------------------------------------------------

REVOKE ALL ON FUNCTION
  receipts_find(bigint, bigint), receipts_left_out(bigint, bigint),
  receipts_of_route(bigint, timestamptz, timestamptz, integer, integer),
  receipts_by_minute(bigint, timestamptz, timestamptz),
  receipts_make_partition(date), receipts_days_without_partition(integer),
  receipts_drop_partition(date, integer)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  receipts_find(bigint, bigint), receipts_left_out(bigint, bigint),
  receipts_of_route(bigint, timestamptz, timestamptz, integer, integer),
  receipts_by_minute(bigint, timestamptz, timestamptz)
  TO pulse_app;
GRANT EXECUTE ON FUNCTION
  receipts_make_partition(date), receipts_days_without_partition(integer),
  receipts_drop_partition(date, integer)
  TO pulse_operator;
