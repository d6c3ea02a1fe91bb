-- Roles, tables and policies. The login role is granted the three roles by `pulse-router migrate`.

-- Roles belong to the cluster: another database, or an administrator, may have made them already.
DO $$
DECLARE
  wanted record;
BEGIN
  FOR wanted IN VALUES ('pulse_app', false), ('pulse_ingest', true), ('pulse_operator', true) LOOP
    IF to_regrole(wanted.column1) IS NULL THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN %s', wanted.column1,
                       CASE WHEN wanted.column2 THEN 'BYPASSRLS' ELSE '' END);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
      END;
    END IF;
    IF (SELECT rolbypassrls FROM pg_roles WHERE rolname = wanted.column1) <> wanted.column2 THEN
      RAISE EXCEPTION 'run ALTER ROLE % %', wanted.column1,
        CASE WHEN wanted.column2 THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END;
    END IF;
  END LOOP;
END
$$;

GRANT USAGE ON SCHEMA public TO pulse_app, pulse_ingest, pulse_operator;


-- Devices ------------------------------------------------------------------------------------

CREATE TABLE devices (
  tenant_id            text        NOT NULL,
  device_id            text        NOT NULL,
  site_id              text,
  provision_token_hash bytea       CHECK (octet_length(provision_token_hash) = 32),
  status               text        NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'REVOKED')),
  created_at           timestamptz NOT NULL DEFAULT now(),
  last_seen_at         timestamptz,
  PRIMARY KEY (tenant_id, device_id)
);

CREATE TABLE device_groups (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id   text        NOT NULL,
  name        text        NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  created_at  timestamptz NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, name),
  UNIQUE (tenant_id, id)
);

-- Foreign keys look past row-level security: the tenant is part of both, so that nobody can put a
-- device into the group of another.
CREATE TABLE device_group_members (
  group_id   bigint NOT NULL,
  tenant_id  text   NOT NULL,
  device_id  text   NOT NULL,
  PRIMARY KEY (group_id, device_id),
  FOREIGN KEY (tenant_id, group_id) REFERENCES device_groups (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, device_id) REFERENCES devices (tenant_id, device_id) ON DELETE CASCADE
);
CREATE INDEX device_group_members_device ON device_group_members (tenant_id, device_id);


-- Ingest -------------------------------------------------------------------------------------

CREATE TABLE telemetry (
  event_id    bigint      NOT NULL,
  time        timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  tenant_id   text        NOT NULL,
  device_id   text        NOT NULL,
  site_id     text,
  msg_type    text        NOT NULL,
  metrics     jsonb,
  extra       jsonb
) PARTITION BY RANGE (received_at);
CREATE TABLE telemetry_default PARTITION OF telemetry DEFAULT;
CREATE INDEX telemetry_device_time ON telemetry (tenant_id, device_id, time);

CREATE TABLE rejected_messages (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  received_at timestamptz NOT NULL,
  tenant_id   text,
  device_id   text,
  topic       text        NOT NULL,
  reason      text        NOT NULL,
  detail      text        NOT NULL,
  payload     bytea       NOT NULL
);
CREATE INDEX rejected_messages_tenant ON rejected_messages (tenant_id, received_at);

-- One row a commit. The packet ids and digests of the newest rows recognise what the broker sends
-- again; the counts are the ledger. `run_id` tells one life of the router from another; `last_id` is
-- the highest event or delivery id given so far. `tenants` holds the counts that belong to a tenant:
-- {"TENANT1": {"stored": 3, "queued": 1}}, for the tenants that the batch brought something of.
CREATE TABLE ingest_batches (
  client_id    text        NOT NULL,
  sequence     bigint      NOT NULL,
  run_id       bigint      NOT NULL,
  last_id      bigint      NOT NULL,
  committed_at timestamptz NOT NULL DEFAULT now(),
  packet_ids   integer[]   NOT NULL,
  digests      bigint[]    NOT NULL,
  received     integer     NOT NULL,
  stored       integer     NOT NULL,
  rejected     integer     NOT NULL,
  duplicate    integer     NOT NULL,
  dropped      integer     NOT NULL,
  matched      integer     NOT NULL,
  written      integer     NOT NULL,
  tenants      jsonb       NOT NULL DEFAULT '{}',
  PRIMARY KEY (client_id, sequence)
);

-- Running totals: of the ingest batches that were pruned, and of what became of deliveries. What
-- belongs to no tenant stands under '*', which no tenant can be called.
CREATE TABLE ledger_totals (
  tenant_id text   NOT NULL,
  name      text   NOT NULL,
  value     bigint NOT NULL,
  PRIMARY KEY (tenant_id, name)
);


-- Routes and deliveries ----------------------------------------------------------------------

-- Secrets stand in a column of their own, so that ingest can be kept from reading them.
CREATE TABLE message_routes (
  id                 bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id          text        NOT NULL,
  name               text        NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  topic_filter       text        NOT NULL CHECK (length(topic_filter) BETWEEN 1 AND 200),
  destination_type   text        NOT NULL
                     CHECK (destination_type IN ('webhook', 'mqtt_republish', 'postgresql')),
  destination_config jsonb       NOT NULL DEFAULT '{}',
  secrets            jsonb       NOT NULL DEFAULT '[]',
  payload_filter     jsonb,
  is_enabled         boolean     NOT NULL DEFAULT true,
  created_at         timestamptz NOT NULL DEFAULT now(),
  updated_at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX message_routes_tenant ON message_routes (tenant_id, id);

-- The queue. No foreign keys: what is pending outlives its route and moves to the dead letters.
-- `payload` is json, not jsonb: the body is the same, byte for byte, at every attempt.
CREATE TABLE route_deliveries (
  id              bigint      PRIMARY KEY,
  tenant_id       text        NOT NULL,
  route_id        bigint      NOT NULL,
  device_id       text        NOT NULL,
  topic           text        NOT NULL,
  payload         json        NOT NULL,
  event_id        bigint      NOT NULL,
  event_time      timestamptz NOT NULL,
  attempts        integer     NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  last_error      text,
  created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX route_deliveries_due ON route_deliveries (route_id, next_attempt_at, id);

CREATE TABLE dead_letter_messages (
  id                 bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  delivery_id        bigint      NOT NULL UNIQUE,
  tenant_id          text        NOT NULL,
  route_id           bigint      NOT NULL,
  device_id          text        NOT NULL,
  event_id           bigint      NOT NULL,
  event_time         timestamptz NOT NULL,
  original_topic     text        NOT NULL,
  payload            json        NOT NULL,
  destination_type   text        NOT NULL,
  destination_config jsonb       NOT NULL,
  error_message      text        NOT NULL CHECK (length(error_message) <= 2000),
  attempts           integer     NOT NULL,
  status             text        NOT NULL DEFAULT 'FAILED'
                     CHECK (status IN ('FAILED', 'REPLAYED', 'DISCARDED')),
  claimed_until      timestamptz,
  created_at         timestamptz NOT NULL DEFAULT now(),
  replayed_at        timestamptz
);
CREATE INDEX dead_letter_messages_tenant ON dead_letter_messages (tenant_id, id DESC);
CREATE INDEX dead_letter_messages_failed ON dead_letter_messages (tenant_id) WHERE status = 'FAILED';


-- Tenants are kept apart ---------------------------------------------------------------------

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['devices', 'device_groups', 'device_group_members', 'message_routes',
                              'route_deliveries', 'dead_letter_messages', 'rejected_messages',
                              'ledger_totals']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_isolation_policy ON %I FOR ALL TO pulse_app
                      USING (tenant_id = current_setting(''app.tenant_id'', true))
                      WITH CHECK (tenant_id = current_setting(''app.tenant_id'', true))', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO pulse_app, pulse_operator', name);
  END LOOP;
END
$$;

GRANT INSERT ON telemetry, rejected_messages, route_deliveries, ingest_batches TO pulse_ingest;
GRANT SELECT, DELETE ON ingest_batches TO pulse_ingest;
GRANT SELECT, INSERT, UPDATE ON ledger_totals TO pulse_ingest;
GRANT SELECT ON devices, device_groups, device_group_members TO pulse_ingest;
GRANT SELECT (id, tenant_id, name, topic_filter, destination_type, destination_config,
              payload_filter, is_enabled, created_at, updated_at) ON message_routes TO pulse_ingest;
GRANT SELECT ON telemetry, ingest_batches TO pulse_operator;


-- Changes are announced ----------------------------------------------------------------------

CREATE FUNCTION pulse_announce() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  changed record;
BEGIN
  changed := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  PERFORM pg_notify('pulse_changes', json_build_object(
    'table', TG_TABLE_NAME,
    'tenant_id', changed.tenant_id,
    'device_id', to_jsonb(changed) ->> 'device_id')::text);
  RETURN NULL;
END
$$;

CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON message_routes
  FOR EACH ROW EXECUTE FUNCTION pulse_announce();
CREATE TRIGGER announce AFTER INSERT OR DELETE OR UPDATE OF site_id, provision_token_hash, status
  ON devices FOR EACH ROW EXECUTE FUNCTION pulse_announce();
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON device_groups
  FOR EACH ROW EXECUTE FUNCTION pulse_announce();
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON device_group_members
  FOR EACH ROW EXECUTE FUNCTION pulse_announce();
