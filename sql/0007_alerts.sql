-- Alerts about devices: raised, acknowledged and closed by the API, shown live.

CREATE TABLE alerts (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id  text        NOT NULL,
  device_id  text        NOT NULL,
  severity   text        NOT NULL CHECK (severity IN ('INFO', 'WARNING', 'CRITICAL')),
  title      text        NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
  key        text        NOT NULL CHECK (length(key) BETWEEN 1 AND 128),
  status     text        NOT NULL DEFAULT 'OPEN'
             CHECK (status IN ('OPEN', 'ACKNOWLEDGED', 'CLOSED')),
  opened_at  timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  closed_at  timestamptz,
  CHECK ((status = 'CLOSED') = (closed_at IS NOT NULL))
);

-- What is wrong with a device stands there once until it is closed, however often it is raised.
CREATE UNIQUE INDEX alerts_one_open ON alerts (tenant_id, device_id, key) WHERE status <> 'CLOSED';
CREATE INDEX alerts_tenant ON alerts (tenant_id, id DESC);
CREATE INDEX alerts_device ON alerts (tenant_id, device_id, id DESC);
CREATE INDEX alerts_open ON alerts (tenant_id, id DESC) WHERE status <> 'CLOSED';

ALTER TABLE alerts ENABLE ROW LEVEL SECURITY;
ALTER TABLE alerts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation_policy ON alerts FOR ALL TO pulse_app
  USING (tenant_id = current_setting('app.tenant_id', true))
  WITH CHECK (tenant_id = current_setting('app.tenant_id', true));
GRANT SELECT, INSERT, UPDATE, DELETE ON alerts TO pulse_app, pulse_operator;


-- Changes are announced ----------------------------------------------------------------------

-- Says whose rows have changed, and no more: PostgreSQL sends the same words of one transaction
-- once, so a group with ten thousand members is removed with one announcement.
CREATE FUNCTION pulse_announce_tenant() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_notify('pulse_changes', json_build_object(
    'table', TG_TABLE_NAME,
    'tenant_id', CASE TG_OP WHEN 'DELETE' THEN OLD.tenant_id ELSE NEW.tenant_id END)::text);
  RETURN NULL;
END
$$;

CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON alerts
  FOR EACH ROW EXECUTE FUNCTION pulse_announce_tenant();

DROP TRIGGER announce ON device_group_members;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON device_group_members
  FOR EACH ROW EXECUTE FUNCTION pulse_announce_tenant();
