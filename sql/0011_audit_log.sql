-- What people change through the API: who, what, before and after, in the transaction of the change.

-- One row a change; a statement that changes many rows at once has one row for each tenant, with
-- their count. `changed` names every column that differs, also those whose values are not kept.
CREATE TABLE audit_log (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at          timestamptz NOT NULL DEFAULT now(),
  subject     text        NOT NULL,
  actor       text        NOT NULL CHECK (actor IN ('customer', 'operator')),
  action      text        NOT NULL,
  request_id  text        NOT NULL,
  tenant_id   text        NOT NULL,
  target_type text        NOT NULL,
  target_id   text,
  changed     text[]      NOT NULL DEFAULT '{}',
  before      jsonb,
  after       jsonb
);
CREATE INDEX audit_log_tenant ON audit_log (tenant_id, id DESC);
CREATE INDEX audit_log_at ON audit_log (at);

-- The roles of the router cannot rewrite it; only what is old may go.
GRANT SELECT, DELETE ON audit_log TO pulse_operator;


-- What of a row may be shown. Secrets, tokens, hashes and what devices have sent stay out by name,
-- and so do the values of headers, and the user and the query of a URL.
CREATE FUNCTION pulse_audit_view(stored jsonb) RETURNS jsonb
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH config AS (
    SELECT stored -> 'destination_config' AS given
    WHERE jsonb_typeof(stored -> 'destination_config') = 'object'
  ), shown AS (
    SELECT given - 'secret' - 'secrets'
      || CASE WHEN jsonb_typeof(given -> 'url') = 'string' THEN jsonb_build_object('url',
           regexp_replace(regexp_replace(given ->> 'url', '[?#].*$', ''), '//[^/]*@', '//'))
         ELSE '{}' END
      || CASE WHEN jsonb_typeof(given -> 'headers') = 'object' THEN jsonb_build_object('headers',
           (SELECT coalesce(jsonb_object_agg(name, '********'), '{}')
            FROM jsonb_object_keys(given -> 'headers') AS name))
         ELSE '{}' END AS value
    FROM config
  )
  SELECT stored
    - ARRAY['tenant_id', 'payload', 'history', 'claimed_until', 'destination_config']
    - ARRAY(SELECT name FROM jsonb_object_keys(stored) AS name
            WHERE name ~ 'secret|token|hash|password|sealed|credential')
    || coalesce((SELECT jsonb_build_object('destination_config', value) FROM shown), '{}')
$$;

-- A claim is not a change: it says that somebody is at it.
CREATE FUNCTION pulse_audit_changed(old_row jsonb, new_row jsonb) RETURNS text[]
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT ARRAY(
    SELECT name FROM jsonb_object_keys(new_row) AS name
    WHERE old_row -> name IS DISTINCT FROM new_row -> name AND name <> 'claimed_until'
    ORDER BY name)
$$;

-- Runs where `app.actor` says who acts; what the router does by itself is not audited. The argument
-- is the column that tells one row of a tenant from another.
CREATE FUNCTION pulse_audit() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  actor     CONSTANT jsonb := current_setting('app.actor')::jsonb;
  id_column CONSTANT text  := TG_ARGV[0];
  many      CONSTANT bigint := 100;
  rows_changed bigint;
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT count(*) INTO rows_changed FROM new_rows;
  ELSE
    SELECT count(*) INTO rows_changed FROM old_rows;
  END IF;

  IF rows_changed > many THEN
    IF TG_OP = 'INSERT' THEN
      INSERT INTO public.audit_log (subject, actor, action, request_id, tenant_id, target_type, after)
      SELECT actor ->> 'subject', actor ->> 'kind', actor ->> 'action', actor ->> 'request_id',
             tenant_id, TG_TABLE_NAME, jsonb_build_object('count', count(*))
      FROM new_rows GROUP BY tenant_id ORDER BY tenant_id;
    ELSE
      INSERT INTO public.audit_log (subject, actor, action, request_id, tenant_id, target_type, before)
      SELECT actor ->> 'subject', actor ->> 'kind', actor ->> 'action', actor ->> 'request_id',
             tenant_id, TG_TABLE_NAME, jsonb_build_object('count', count(*))
      FROM old_rows GROUP BY tenant_id ORDER BY tenant_id;
    END IF;
  ELSIF TG_OP = 'INSERT' THEN
    INSERT INTO public.audit_log
      (subject, actor, action, request_id, tenant_id, target_type, target_id, after)
    SELECT actor ->> 'subject', actor ->> 'kind', actor ->> 'action', actor ->> 'request_id',
           tenant_id, TG_TABLE_NAME, to_jsonb(new_rows) ->> id_column,
           public.pulse_audit_view(to_jsonb(new_rows))
    FROM new_rows;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO public.audit_log
      (subject, actor, action, request_id, tenant_id, target_type, target_id, before)
    SELECT actor ->> 'subject', actor ->> 'kind', actor ->> 'action', actor ->> 'request_id',
           tenant_id, TG_TABLE_NAME, to_jsonb(old_rows) ->> id_column,
           public.pulse_audit_view(to_jsonb(old_rows))
    FROM old_rows;
  ELSE
    INSERT INTO public.audit_log
      (subject, actor, action, request_id, tenant_id, target_type, target_id, changed, before, after)
    SELECT actor ->> 'subject', actor ->> 'kind', actor ->> 'action', actor ->> 'request_id',
           tenant_id, TG_TABLE_NAME, new_row ->> id_column, changed,
           public.pulse_audit_view(old_row), public.pulse_audit_view(new_row)
    FROM (SELECT tenant_id, to_jsonb(old_rows) AS old_row FROM old_rows) AS former
    JOIN (SELECT tenant_id, to_jsonb(new_rows) AS new_row FROM new_rows) AS latter
      USING (tenant_id),
      LATERAL (SELECT public.pulse_audit_changed(old_row, new_row) AS changed) AS difference
    WHERE old_row ->> id_column = new_row ->> id_column AND changed <> '{}';
  END IF;
  RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION pulse_audit() FROM PUBLIC;

DO $$
DECLARE
  audited text[];
BEGIN
  FOREACH audited SLICE 1 IN ARRAY ARRAY[
    ['message_routes', 'id'], ['devices', 'device_id'], ['device_groups', 'id'],
    ['device_group_members', 'device_id'], ['alerts', 'id'], ['dead_letter_messages', 'id']]
  LOOP
    EXECUTE format('CREATE TRIGGER audit_delete AFTER DELETE ON %I
                      REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT
                      WHEN (current_setting(''app.actor'', true) <> '''')
                      EXECUTE FUNCTION pulse_audit(%L)', audited[1], audited[2]);
    EXECUTE format('CREATE TRIGGER audit_update AFTER UPDATE ON %I
                      REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
                      WHEN (current_setting(''app.actor'', true) <> '''')
                      EXECUTE FUNCTION pulse_audit(%L)', audited[1], audited[2]);
    -- What a route had pending when it was removed becomes dead letters: nobody has made those.
    CONTINUE WHEN audited[1] = 'dead_letter_messages';
    EXECUTE format('CREATE TRIGGER audit_insert AFTER INSERT ON %I
                      REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
                      WHEN (current_setting(''app.actor'', true) <> '''')
                      EXECUTE FUNCTION pulse_audit(%L)', audited[1], audited[2]);
  END LOOP;
END
$$;
