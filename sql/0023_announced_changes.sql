-- oldest: 0018
-- locks: nothing that messages or deliveries need; the announcing functions, for a moment
--
-- What is announced is written down as well, for whoever cannot listen, or did not for a while: by
-- the snapshots of two moments they find exactly what was committed between them, whatever the order
-- of commits. Rows are only added, so that nobody waits for anybody.

CREATE TABLE public.announced_changes (
  xid     xid8        NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
  payload text        NOT NULL,
  made_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
CREATE INDEX announced_changes_xid ON public.announced_changes (xid);

-- The highest transaction of which something was removed: whoever has not seen it has missed it.
CREATE TABLE public.announced_pruned (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  xid      xid8    NOT NULL
);
INSERT INTO public.announced_pruned (xid) VALUES ('0');

GRANT SELECT ON public.announced_changes, public.announced_pruned TO pulse_ingest;
GRANT SELECT, DELETE ON public.announced_changes TO pulse_operator;
GRANT SELECT, UPDATE ON public.announced_pruned TO pulse_operator;

-- Writes down what a transaction has announced: the same words one after the other once.
CREATE FUNCTION public.pulse_note_change(p_payload text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF current_setting('pulse.announced', true) IS DISTINCT FROM p_payload THEN
    INSERT INTO public.announced_changes (payload) VALUES (p_payload);
    PERFORM set_config('pulse.announced', p_payload, true);
  END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION public.pulse_note_change(text) FROM PUBLIC;

-- As their owner, for whoever may change a row has it written down, and may not write there.
CREATE OR REPLACE FUNCTION public.pulse_announce() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  changed record;
  said text;
BEGIN
  changed := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  said := json_build_object(
    'table', TG_TABLE_NAME,
    'tenant_id', changed.tenant_id,
    'device_id', to_jsonb(changed) ->> 'device_id')::text;
  PERFORM pg_notify('pulse_changes', said);
  PERFORM public.pulse_note_change(said);
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION public.pulse_announce_tenant() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  said text := json_build_object(
    'table', TG_TABLE_NAME,
    'tenant_id', CASE TG_OP WHEN 'DELETE' THEN OLD.tenant_id ELSE NEW.tenant_id END)::text;
BEGIN
  PERFORM pg_notify('pulse_changes', said);
  PERFORM public.pulse_note_change(said);
  RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION public.pulse_announce(), public.pulse_announce_tenant() FROM PUBLIC;
