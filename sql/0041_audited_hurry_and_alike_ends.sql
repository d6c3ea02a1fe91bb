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

-- Settles deliveries of one route that were all answered alike at their first attempt, as nearly all
-- are: they leave one row of receipts, with nothing to be put into groups. What of them is otherwise,
-- or not there any more, is settled as before. Ids rise, each with how long its answer took.
CREATE FUNCTION pulse_settle_alike(
  p_ids bigint[], p_milliseconds integer[], p_route_id bigint, p_status integer,
  p_partitions integer[], p_epochs bigint[]
) RETURNS SETOF integer
  LANGUAGE plpgsql ROWS 1
  SET search_path = pg_catalog, pg_temp
  SET plan_cache_mode = force_generic_plan -- to plan it anew takes as long as to settle a few
  SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off -- many rows may be dead
AS $$
DECLARE
  v_held         integer[];
  v_tenant_id    text;
  v_ids          bigint[];
  v_event_ids    bigint[];
  v_first        bigint;
  v_last         bigint;
  v_first_id     bigint;
  v_last_id      bigint;
  v_count        integer;
  v_milliseconds integer[] := p_milliseconds;
  v_others       bigint[];
BEGIN
  PERFORM pg_catalog.set_config('role', 'pulse_operator', true);
  -- In the order in which leases are renewed, so that neither waits for the other.
  v_held := ARRAY(
    SELECT lease.partition FROM public.lane_leases AS lease
    JOIN unnest(p_partitions, p_epochs) AS held (partition, epoch) USING (partition, epoch)
    ORDER BY lease.partition
    FOR SHARE OF lease
  );
  IF cardinality(v_held) <> cardinality(p_partitions) THEN
    RETURN QUERY SELECT unnest(v_held);
    RETURN;
  END IF;
  -- A route is one tenant's, whatever somebody has written: of another's, nothing is taken for its own.
  SELECT tenant_id INTO v_tenant_id FROM public.message_routes WHERE id = p_route_id;
  WITH gone AS ( -- by their ids alone: of the route there may be millions
    DELETE FROM public.route_deliveries
    WHERE id = ANY (p_ids) AND route_id + 0 = p_route_id AND attempts = 0 AND tenant_id = v_tenant_id
    RETURNING id, event_id
  )
  SELECT count(*), array_agg(id), array_agg(event_id), min(event_id), max(event_id), min(id), max(id)
  INTO v_count, v_ids, v_event_ids, v_first, v_last, v_first_id, v_last_id FROM gone;
  IF v_count > 0 THEN
    IF v_ids <> p_ids THEN
      v_milliseconds := ARRAY(
        SELECT coalesce(ended.milliseconds, 0)
        FROM unnest(v_ids) WITH ORDINALITY AS gone (id, place)
        JOIN unnest(p_ids, p_milliseconds) AS ended (id, milliseconds) USING (id)
        ORDER BY gone.place);
    END IF;
    IF v_count >= 256 THEN
      INSERT INTO public.delivery_receipts VALUES
        (v_tenant_id, p_route_id, v_first, v_last, v_first_id, v_last_id, now(), now(), 0,
         v_event_ids, v_ids, array_fill(1, ARRAY[v_count]), v_milliseconds,
         ARRAY[now()], ARRAY[p_status], ARRAY[v_count], NULL);
    ELSE
      INSERT INTO public.receipt_deltas
        (tenant_id, route_id, first_event_id, last_event_id, first_delivery_id, last_delivery_id,
         first_settled_at, settled_at, event_ids, delivery_ids, attempts, milliseconds,
         run_settled_at, run_statuses, run_counts)
      VALUES
        (v_tenant_id, p_route_id, v_first, v_last, v_first_id, v_last_id, now(), now(),
         v_event_ids, v_ids, array_fill(1, ARRAY[v_count]), v_milliseconds,
         ARRAY[now()], ARRAY[p_status], ARRAY[v_count]);
    END IF;
    INSERT INTO public.route_deltas (route_id, tenant_id, delivered)
    VALUES (p_route_id, v_tenant_id, v_count);
    INSERT INTO public.ledger_deltas (tenant_id, name, value)
    VALUES (v_tenant_id, 'delivered', v_count);
  END IF;
  IF v_count < cardinality(p_ids) THEN
    v_others := ARRAY(SELECT unnest(p_ids) EXCEPT SELECT unnest(v_ids) ORDER BY 1);
    RETURN QUERY SELECT public.pulse_settle_with_receipts(
      v_others, array_fill(p_status, ARRAY[cardinality(v_others)]),
      ARRAY(SELECT ended.milliseconds FROM unnest(p_ids, p_milliseconds) AS ended (id, milliseconds)
            WHERE ended.id = ANY (v_others) ORDER BY ended.id),
      false, p_partitions, p_epochs);
    RETURN;
  END IF;
  RETURN QUERY SELECT unnest(v_held);
END
$$;
