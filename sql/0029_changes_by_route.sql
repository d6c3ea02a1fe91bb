-- oldest: 0018
-- locks: message_routes, for a moment; the announcing functions, too
--
-- A change of a route says which, so that it costs what it changes; and ingest may read its version,
-- to tell what it has compiled before.

GRANT SELECT (version) ON message_routes TO pulse_ingest;

CREATE OR REPLACE FUNCTION public.pulse_announce() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  changed record;
  said jsonb;
BEGIN
  changed := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  said := jsonb_build_object(
    'table', TG_TABLE_NAME,
    'tenant_id', changed.tenant_id,
    'device_id', to_jsonb(changed) ->> 'device_id');
  IF TG_TABLE_NAME = 'message_routes' THEN
    said := said || jsonb_build_object('route_id', changed.id);
  END IF;
  PERFORM pg_notify('pulse_changes', said::text);
  PERFORM public.pulse_note_change(said::text);
  RETURN NULL;
END
$$;
