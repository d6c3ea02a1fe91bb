-- Telemetry by day: partitions made ahead, retention by dropping, history for its tenant only.
--
-- The router's roles own nothing, so what needs an owner is done by functions that run as theirs.
-- Each has a fixed search_path, and may be called by the one role that needs it.
--
-- Native partitions, with TimescaleDB too: they do the same there, and nothing depends on it.


-- History ------------------------------------------------------------------------------------

-- In the order in which history is shown, down to the event id: a device whose clock stands still
-- sends thousands of messages of one time, and paging through them must not sort them.
DROP INDEX telemetry_device_time;
CREATE INDEX telemetry_device_time ON telemetry (tenant_id, device_id, time, event_id);

-- A tenant's history of a device, newest first. Without `app.tenant_id` there is none.
--
-- The planner is left one way: backwards along the index of each partition, merged, and no further
-- than asked for. By its estimates it would at times rather sort all that the device ever sent, for
-- what it knows of today's partition is old. Planning with the values at hand lets it leave out
-- partitions: no message's `time` is more than 24 hours after its `received_at`.
CREATE FUNCTION telemetry_history(
  p_device_id text, p_from timestamptz, p_to timestamptz,
  p_before_time timestamptz, p_before_id bigint, p_limit integer, p_offset integer
)
  RETURNS TABLE (event_id bigint, "time" timestamptz, received_at timestamptz, site_id text,
                 msg_type text, metrics jsonb, extra jsonb)
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
  v_tenant_id     text        := nullif(current_setting('app.tenant_id', true), '');
  v_from          timestamptz := coalesce(p_from, '-infinity');
  v_received_from timestamptz := coalesce(p_from, '-infinity') - interval '24 hours';
  -- One bound, not two: the scan starts at the first that it sees.
  v_end_time      timestamptz := coalesce(p_to, 'infinity');
  v_end_id        bigint      := -9223372036854775808;
BEGIN
  IF v_tenant_id IS NULL THEN
    RETURN;
  END IF;
  IF p_before_time < v_end_time THEN
    v_end_time := p_before_time;
    v_end_id := p_before_id;
  END IF;
  RETURN QUERY
    SELECT t.event_id, t.time, t.received_at, t.site_id, t.msg_type, t.metrics, t.extra
    FROM public.telemetry AS t
    WHERE t.tenant_id = v_tenant_id AND t.device_id = p_device_id
      AND t.time >= v_from AND (t.time, t.event_id) < (v_end_time, v_end_id)
      AND t.received_at >= v_received_from
    ORDER BY t.time DESC, t.event_id DESC
    LIMIT p_limit OFFSET p_offset;
END
$$;

-- How many messages that history has in all, counted up to a bound, from the index alone.
CREATE FUNCTION telemetry_history_count(
  p_device_id text, p_from timestamptz, p_to timestamptz, p_at_most integer
)
  RETURNS integer
  LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_custom_plan
  SET enable_seqscan = off
  SET enable_bitmapscan = off
  SET max_parallel_workers_per_gather = 0
  SET jit = off
AS $$
DECLARE
  v_tenant_id text := nullif(current_setting('app.tenant_id', true), '');
BEGIN
  RETURN (
    SELECT count(*)
    FROM (
      SELECT
      FROM public.telemetry AS t
      WHERE t.tenant_id = v_tenant_id AND t.device_id = p_device_id
        AND t.time >= coalesce(p_from, '-infinity') AND t.time < coalesce(p_to, 'infinity')
      LIMIT p_at_most
    ) AS found
  );
END
$$;


-- Partitions ---------------------------------------------------------------------------------

-- The partitions of telemetry and what they hold, `lower` included, `upper` not; a bound that is
-- open, and both of the default partition, are null.
CREATE FUNCTION telemetry_partitions()
  RETURNS TABLE (name text, lower timestamptz, upper timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET datestyle = 'ISO, YMD'
AS $$
  SELECT format('%I.%I', n.nspname, c.relname),
         substring(pg_get_expr(c.relpartbound, c.oid) FROM 'FROM \(''([^'']+)''\)')::timestamptz,
         substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''([^'']+)''\)')::timestamptz
  FROM pg_inherits AS i
  JOIN pg_class AS c ON c.oid = i.inhrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE i.inhparent = 'public.telemetry'::regclass
$$;

-- Make the partition of a UTC day; returns how many rows of that day came over from the default
-- partition, or null when the day has its partition already.
--
-- Rows come over in the same transaction, so that nobody sees one twice or not at all; a crash in
-- the middle leaves all where it was. Ingest goes on meanwhile, for attaching a partition locks
-- only the default one: rows that belong there wait, or are refused (23514) and come again. The
-- index is built after the move, which is cheaper than keeping it up row by row.
CREATE FUNCTION telemetry_make_partition(p_day date) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET lock_timeout = '2s' -- a backup may hold its locks for hours, and ingest would wait behind us
AS $$
DECLARE
  v_lower timestamptz := p_day::timestamp AT TIME ZONE 'UTC';
  v_upper timestamptz := (p_day + 1)::timestamp AT TIME ZONE 'UTC';
  v_name  text        := 'telemetry_' || to_char(p_day, 'YYYYMMDD');
  v_moved bigint;
BEGIN
  LOCK TABLE public.telemetry IN SHARE UPDATE EXCLUSIVE MODE; -- one maker at a time
  IF EXISTS (SELECT FROM public.telemetry_partitions() AS p
             WHERE (p.lower IS NOT NULL OR p.upper IS NOT NULL)
               AND coalesce(p.lower, '-infinity') < v_upper
               AND coalesce(p.upper, 'infinity') > v_lower) THEN
    RETURN NULL;
  END IF;
  EXECUTE format('CREATE TABLE public.%I (LIKE public.telemetry INCLUDING ALL EXCLUDING INDEXES)',
                 v_name);
  LOCK TABLE public.telemetry_default IN ACCESS EXCLUSIVE MODE;
  EXECUTE format('WITH moved AS (
                    DELETE FROM public.telemetry_default
                    WHERE received_at >= $1 AND received_at < $2 RETURNING *)
                  INSERT INTO public.%I SELECT * FROM moved', v_name)
    USING v_lower, v_upper;
  GET DIAGNOSTICS v_moved = ROW_COUNT;
  EXECUTE format('ALTER TABLE public.telemetry ATTACH PARTITION public.%I
                    FOR VALUES FROM (%L) TO (%L)', v_name, v_lower, v_upper);
  RETURN v_moved;
END
$$;

-- The UTC days whose rows lie in the default partition, for want of one of their own.
CREATE FUNCTION telemetry_days_without_partition(p_limit integer) RETURNS SETOF date
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT DISTINCT (received_at AT TIME ZONE 'UTC')::date AS day
  FROM public.telemetry_default ORDER BY day DESC LIMIT p_limit
$$;


-- Retention ----------------------------------------------------------------------------------

-- The days on which retention ran, the newest few. An edge clock that jumps to 2035 must not have
-- everything removed as old, and the rows that arrive then say 2035 as well: so a new date counts
-- only when it has held.
CREATE TABLE retention_days (
  day date PRIMARY KEY
);

-- Note that retention runs on this UTC day; returns the day that ages are counted from, or null
-- when it is too early to say.
--
-- That day is today, where retention ran yesterday and the day before as well; otherwise the third
-- newest day on which it ran. So after a jump ahead nothing ages until the new date has held over
-- two midnights, for more than 24 hours; when the clock comes back before, the jump is forgotten.
-- After months without power it takes those hours too.
CREATE FUNCTION retention_day(p_today date) RETURNS date
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET lock_timeout = '2s'
AS $$
DECLARE
  -- Of two clocks, the one that removes less.
  v_today date := least(p_today, (now() AT TIME ZONE 'UTC')::date);
  v_third date;
BEGIN
  LOCK TABLE public.retention_days IN SHARE ROW EXCLUSIVE MODE;
  INSERT INTO public.retention_days VALUES (v_today) ON CONFLICT DO NOTHING;
  SELECT day INTO v_third FROM public.retention_days
  WHERE day <= v_today ORDER BY day DESC OFFSET 2 LIMIT 1;
  DELETE FROM public.retention_days WHERE day > v_today OR day < v_third - 7;
  RETURN CASE WHEN v_today - v_third = 2 THEN v_today ELSE v_third END;
END
$$;

-- Drop the oldest partition when all that it holds is older than that many days; returns its name,
-- or null when there is none to drop.
CREATE FUNCTION telemetry_drop_partition(p_today date, p_keep_days integer) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET lock_timeout = '2s'
AS $$
DECLARE
  v_day  date := public.retention_day(p_today);
  v_name text;
BEGIN
  IF p_keep_days IS NULL OR p_keep_days < 1 THEN
    RAISE EXCEPTION 'keep_days must be 1 or more, not %', p_keep_days
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT p.name INTO v_name FROM public.telemetry_partitions() AS p
  WHERE p.upper <= (v_day - p_keep_days)::timestamp AT TIME ZONE 'UTC'
  ORDER BY p.upper LIMIT 1;
  IF v_name IS NOT NULL THEN
    LOCK TABLE public.telemetry IN ACCESS EXCLUSIVE MODE; -- before its partition, as readers do
    EXECUTE 'DROP TABLE ' || v_name;
  END IF;
  RETURN v_name;
END
$$;

-- Rejected messages and dead letters are removed by age, row by row: they are few.
CREATE INDEX rejected_messages_age ON rejected_messages (received_at);
CREATE INDEX dead_letter_messages_age ON dead_letter_messages (created_at);


-- Who may call what --------------------------------------------------------------------------

REVOKE ALL ON FUNCTION
  telemetry_history(text, timestamptz, timestamptz, timestamptz, bigint, integer, integer),
  telemetry_history_count(text, timestamptz, timestamptz, integer),
  telemetry_partitions(), telemetry_make_partition(date),
  telemetry_days_without_partition(integer), retention_day(date),
  telemetry_drop_partition(date, integer)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  telemetry_history(text, timestamptz, timestamptz, timestamptz, bigint, integer, integer),
  telemetry_history_count(text, timestamptz, timestamptz, integer)
  TO pulse_app;
GRANT EXECUTE ON FUNCTION
  telemetry_partitions(), telemetry_make_partition(date),
  telemetry_days_without_partition(integer), retention_day(date),
  telemetry_drop_partition(date, integer)
  TO pulse_operator;
