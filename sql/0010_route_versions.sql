-- Routes: the version that an ETag tells, and what became of each one's deliveries.

ALTER TABLE message_routes ADD COLUMN version bigint NOT NULL DEFAULT 1;
-- When counting began: with the route, or with this migration.
ALTER TABLE message_routes ADD COLUMN counted_since timestamptz NOT NULL DEFAULT now();

CREATE FUNCTION pulse_next_version() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END
$$;

-- Whoever changes a route, by whatever statement, makes a new version of it.
CREATE TRIGGER next_version BEFORE UPDATE ON message_routes
  FOR EACH ROW EXECUTE FUNCTION pulse_next_version();

-- A route's id is taken before its row is written: what is encrypted there is bound to it.
GRANT USAGE ON SEQUENCE message_routes_id_seq TO pulse_app, pulse_operator;

-- Headers are often credentials, and ingest never asks for them.
REVOKE SELECT (destination_config) ON message_routes FROM pulse_ingest;

-- Counted in the transactions of what they count, one row for each route of a batch. `delivered`
-- and `dead_lettered` count deliveries, `failed` counts attempts made for them.
CREATE TABLE route_totals (
  route_id      bigint      PRIMARY KEY,
  tenant_id     text        NOT NULL,
  delivered     bigint      NOT NULL DEFAULT 0,
  failed        bigint      NOT NULL DEFAULT 0,
  dead_lettered bigint      NOT NULL DEFAULT 0,
  last_error    text,
  last_error_at timestamptz
) WITH (fillfactor = 50);

ALTER TABLE route_totals ENABLE ROW LEVEL SECURITY;
ALTER TABLE route_totals FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation_policy ON route_totals FOR ALL TO pulse_app
  USING (tenant_id = current_setting('app.tenant_id', true))
  WITH CHECK (tenant_id = current_setting('app.tenant_id', true));
GRANT SELECT, INSERT, UPDATE, DELETE ON route_totals TO pulse_app, pulse_operator;
