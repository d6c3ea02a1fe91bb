-- oldest: 0018
-- locks: nothing for longer than a moment
--
-- What a deleted route was, for as long as anything of it is pending: whoever buries that says so in
-- the dead letters. A router that has begun since knew nothing of it.
CREATE TABLE deleted_routes (
  id                 bigint PRIMARY KEY,
  tenant_id          text   NOT NULL,
  destination_type   text   NOT NULL,
  destination_config jsonb  NOT NULL
);
GRANT SELECT, DELETE ON deleted_routes TO pulse_operator;

CREATE FUNCTION pulse_keep_deleted_route() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO public.deleted_routes
  SELECT OLD.id, OLD.tenant_id, OLD.destination_type, OLD.destination_config
  WHERE EXISTS (SELECT FROM public.route_deliveries WHERE route_id = OLD.id)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION pulse_keep_deleted_route() FROM PUBLIC;

CREATE TRIGGER pulse_keep_deleted AFTER DELETE ON message_routes
  FOR EACH ROW EXECUTE FUNCTION pulse_keep_deleted_route();
