-- oldest: 0018
-- locks: audit_log, for a moment
--
-- What a tenant may have: how much room there is, decided for one at a time; and an audit log that
-- keeps what was changed, not the whole row twice, within what the operator grants a tenant for it.

-- Tells how many more things of a kind a tenant may have, and holds all others of this kind and tenant
-- that ask until the transaction ends: what is inserted in it fits. With a patience it waits no longer
-- than that, for a transaction that stands still must not hold what others share.
CREATE FUNCTION pulse_room(kind text, owner text, bound bigint, patience text DEFAULT NULL)
  RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  place CONSTANT bigint := hashtextextended('pulse_room ' || kind || ' ' || owner, 0);
BEGIN
  IF patience IS NULL THEN
    PERFORM pg_advisory_xact_lock(place);
  ELSE
    BEGIN
      PERFORM set_config('lock_timeout', patience, true);
      PERFORM pg_advisory_xact_lock(place);
    EXCEPTION WHEN lock_not_available THEN
      NULL;
    END;
    PERFORM set_config('lock_timeout', '0', true);
  END IF;
  -- Counted after the lock is held: each statement sees what was committed before it.
  RETURN bound - CASE kind
    WHEN 'routes' THEN (SELECT count(*) FROM (
      SELECT FROM public.message_routes WHERE tenant_id = owner LIMIT bound) AS counted)
    WHEN 'devices' THEN (SELECT count(*) FROM (
      SELECT FROM public.devices WHERE tenant_id = owner LIMIT bound) AS counted)
    WHEN 'groups' THEN (SELECT count(*) FROM (
      SELECT FROM public.device_groups WHERE tenant_id = owner LIMIT bound) AS counted)
    WHEN 'open_alerts' THEN (SELECT count(*) FROM (
      SELECT FROM public.alerts WHERE tenant_id = owner AND status <> 'CLOSED' LIMIT bound) AS counted)
  END;
END
$$;
REVOKE EXECUTE ON FUNCTION pulse_room(text, text, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_room(text, text, bigint, text) TO pulse_app, pulse_ingest;


-- What an entry takes; those from before count nothing.
ALTER TABLE audit_log ADD COLUMN weight integer NOT NULL DEFAULT 0;

-- How much of the log is each tenant's, in pieces that are put together now and then: nobody waits for
-- anybody to add one.
CREATE TABLE audit_usage (
  tenant_id text   NOT NULL,
  bytes     bigint NOT NULL
);
CREATE INDEX audit_usage_tenant ON audit_usage (tenant_id);
GRANT SELECT ON audit_usage TO pulse_operator;

CREATE FUNCTION pulse_audit_used(owner text) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  used   bigint;
  pieces bigint;
BEGIN
  SELECT coalesce(sum(bytes), 0), count(*) INTO used, pieces
  FROM public.audit_usage WHERE tenant_id = owner;
  IF pieces > 32
     AND pg_try_advisory_xact_lock(hashtextextended('pulse_audit_usage ' || owner, 0)) THEN
    WITH gone AS (DELETE FROM public.audit_usage WHERE tenant_id = owner RETURNING bytes)
    INSERT INTO public.audit_usage SELECT owner, sum(bytes) FROM gone HAVING count(*) > 0;
  END IF;
  RETURN used;
END
$$;
REVOKE EXECUTE ON FUNCTION pulse_audit_used(text) FROM PUBLIC;

CREATE FUNCTION pulse_audit_forgotten() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.audit_usage
  SELECT tenant_id, -sum(weight) FROM old_rows GROUP BY tenant_id HAVING sum(weight) > 0;
  RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION pulse_audit_forgotten() FROM PUBLIC;
CREATE TRIGGER pulse_audit_forgotten AFTER DELETE ON audit_log
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION pulse_audit_forgotten();


-- What is shown of some columns of a row. A value that is long is cut, and told by its digest.
CREATE FUNCTION pulse_audit_kept(stored jsonb, names text[]) RETURNS jsonb
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(jsonb_object_agg(name, CASE WHEN octet_length(value::text) <= 4096 THEN value
    ELSE jsonb_build_object(
      'begins', left(value::text, 200), 'bytes', octet_length(value::text),
      'sha256', encode(sha256(convert_to(value::text, 'UTF8')), 'hex'))
    END), '{}')
  FROM jsonb_each(public.pulse_audit_view(
    (SELECT coalesce(jsonb_object_agg(name, stored -> name), '{}') FROM unnest(names) AS name
     WHERE stored ? name))) AS shown (name, value)
$$;
REVOKE EXECUTE ON FUNCTION pulse_audit_kept(jsonb, text[]) FROM PUBLIC;

-- Writes entries down, in the name of an actor, as far as its tenant has room for them: with what was
-- changed, without, or, far above, as one for all changes of a kind in an hour.
CREATE FUNCTION pulse_audit_write(
  doer jsonb, target text, owners text[], target_ids text[], columns jsonb[], befores jsonb[],
  afters jsonb[], counted bigint
) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  most  CONSTANT bigint := nullif((doer ->> 'audit_bytes')::bigint, 0);
  used  bigint := 0;
  known bigint;
BEGIN
  IF counted = 0 THEN
    RETURN;
  END IF;
  IF most IS NOT NULL THEN
    used := public.pulse_audit_used(owners[1]);
  END IF;
  IF used >= 2 * most THEN
    SELECT id INTO known FROM public.audit_log WHERE id = (
      SELECT id FROM (
        SELECT * FROM public.audit_log WHERE tenant_id = owners[1] ORDER BY id DESC LIMIT 200
      ) AS newest
      WHERE subject = doer ->> 'subject' AND action = doer ->> 'action' AND target_type = target
        AND target_id IS NULL AND after ? 'until' AND at > now() - interval '1 hour'
      LIMIT 1)
    FOR UPDATE SKIP LOCKED;
    IF known IS NOT NULL THEN
      UPDATE public.audit_log SET after = jsonb_build_object(
        'count', (after ->> 'count')::bigint + counted, 'until', now()) WHERE id = known;
      RETURN;
    END IF;
    owners := owners[1:1];
    target_ids := ARRAY[NULL];
    columns := ARRAY['[]'::jsonb];
    befores := ARRAY[NULL];
    afters := ARRAY[jsonb_build_object('count', counted, 'until', now())];
  END IF;
  WITH given AS (
    SELECT *, used >= most AND used < 2 * most AS is_full
    FROM unnest(owners, target_ids, columns, befores, afters)
      AS rows (owner, target_id, changed, before, after)
  ), kept AS (
    SELECT owner, target_id, changed,
      CASE WHEN is_full AND before IS NOT NULL
           THEN jsonb_build_object('omitted_bytes', octet_length(before::text)) ELSE before
      END AS before,
      CASE WHEN is_full AND after IS NOT NULL
           THEN jsonb_build_object('omitted_bytes', octet_length(after::text)) ELSE after
      END AS after
    FROM given
  ), written AS (
    INSERT INTO public.audit_log
      (subject, actor, action, request_id, tenant_id, target_type, target_id, changed, before, after,
       weight)
    SELECT doer ->> 'subject', doer ->> 'kind', doer ->> 'action', doer ->> 'request_id',
           owner, target, target_id, ARRAY(SELECT jsonb_array_elements_text(changed)), before, after,
           200 + octet_length(doer::text) + coalesce(octet_length(target_id), 0)
             + coalesce(octet_length(before::text), 0) + coalesce(octet_length(after::text), 0)
    FROM kept
    RETURNING tenant_id, weight
  )
  INSERT INTO public.audit_usage SELECT tenant_id, sum(weight) FROM written GROUP BY tenant_id;
END
$$;
REVOKE EXECUTE ON FUNCTION
  pulse_audit_write(jsonb, text, text[], text[], jsonb[], jsonb[], jsonb[], bigint) FROM PUBLIC;

-- As before, but what is written down of a row is what was changed of it.
CREATE OR REPLACE FUNCTION pulse_audit() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  actor     CONSTANT jsonb := current_setting('app.actor')::jsonb;
  id_column CONSTANT text  := TG_ARGV[0];
  many      CONSTANT bigint := 100;
  rows_changed bigint;
  owners     text[];
  target_ids text[];
  columns    jsonb[];
  befores    jsonb[];
  afters     jsonb[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT count(*) INTO rows_changed FROM new_rows;
  ELSE
    SELECT count(*) INTO rows_changed FROM old_rows;
  END IF;

  IF rows_changed > many AND TG_OP = 'INSERT' THEN
    SELECT array_agg(tenant_id), array_agg(NULL::text), array_agg('[]'::jsonb),
           array_agg(NULL::jsonb), array_agg(jsonb_build_object('count', count))
    INTO owners, target_ids, columns, befores, afters
    FROM (SELECT tenant_id, count(*) FROM new_rows GROUP BY 1 ORDER BY 1) AS counts;
  ELSIF rows_changed > many THEN
    SELECT array_agg(tenant_id), array_agg(NULL::text), array_agg('[]'::jsonb),
           array_agg(jsonb_build_object('count', count)), array_agg(NULL::jsonb)
    INTO owners, target_ids, columns, befores, afters
    FROM (SELECT tenant_id, count(*) FROM old_rows GROUP BY 1 ORDER BY 1) AS counts;
  ELSIF TG_OP = 'INSERT' THEN
    SELECT array_agg(tenant_id), array_agg(stored ->> id_column), array_agg('[]'::jsonb),
           array_agg(NULL::jsonb),
           array_agg(public.pulse_audit_kept(stored, ARRAY(SELECT jsonb_object_keys(stored))))
    INTO owners, target_ids, columns, befores, afters
    FROM (SELECT tenant_id, to_jsonb(new_rows) AS stored FROM new_rows) AS made;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(tenant_id), array_agg(stored ->> id_column), array_agg('[]'::jsonb),
           array_agg(public.pulse_audit_kept(stored, ARRAY(SELECT jsonb_object_keys(stored)))),
           array_agg(NULL::jsonb)
    INTO owners, target_ids, columns, befores, afters
    FROM (SELECT tenant_id, to_jsonb(old_rows) AS stored FROM old_rows) AS removed;
  ELSE
    SELECT count(*), array_agg(tenant_id), array_agg(new_row ->> id_column),
           array_agg(to_jsonb(changed)), array_agg(public.pulse_audit_kept(old_row, changed)),
           array_agg(public.pulse_audit_kept(new_row, changed))
    INTO rows_changed, owners, target_ids, columns, befores, afters
    FROM (SELECT tenant_id, to_jsonb(old_rows) AS old_row FROM old_rows) AS former
    JOIN (SELECT tenant_id, to_jsonb(new_rows) AS new_row FROM new_rows) AS latter
      USING (tenant_id),
      LATERAL (SELECT public.pulse_audit_changed(old_row, new_row) AS changed) AS difference
    WHERE old_row ->> id_column = new_row ->> id_column AND changed <> '{}';
  END IF;
  PERFORM public.pulse_audit_write(
    actor, TG_TABLE_NAME, owners, target_ids, columns, befores, afters, rows_changed);
  RETURN NULL;
END
$$;
