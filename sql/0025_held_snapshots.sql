-- oldest: 0018
-- locks: `lane_leases` and `lane_owners`, for a moment
--
-- Leases cost the same however long somebody holds an old snapshot. Before, each renewal wrote every
-- lease anew, and while such a snapshot is held each reader must pass all that was written since: an
-- hour of renewals made the check of 32 leases, at each settlement, eighteen times as dear.

-- Which lives of routers are alive: each renewal is a row of its own, and takes the place of the one
-- before. The newest is read from the end of the index, where nothing is dead.
CREATE TABLE lane_heartbeats (
  life       bigint      NOT NULL,
  beat       bigint      GENERATED ALWAYS AS IDENTITY,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (life, beat)
);
ALTER TABLE lane_heartbeats SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);
GRANT SELECT, INSERT, UPDATE, DELETE ON lane_heartbeats TO pulse_operator;
GRANT SELECT ON lane_heartbeats TO pulse_ingest;

-- A lease lasts as long as the life that holds it. Routers of the release before know `expires_at`
-- alone: for them it is written an hour ahead, and again in half an hour; each few seconds, as they
-- do, while one of them is alive. `kept_until` is what was written so: where `expires_at` is another,
-- one of them has written it, and it counts.
-- Contract when none of them may run any more: `expires_at` of `lane_leases` and of `lane_owners` is
-- not written then, and `kept_until` goes.
ALTER TABLE lane_leases ADD COLUMN life bigint, ADD COLUMN kept_until timestamptz;
ALTER TABLE lane_owners ADD COLUMN life bigint, ADD COLUMN kept_until timestamptz;

-- The newest heartbeat of a life. The planner counts no dead, and would read the whole table.
CREATE FUNCTION pulse_newest_beat(p_life bigint, OUT beat bigint, OUT expires_at timestamptz)
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET jit = off
AS $$
  SELECT heart.beat, heart.expires_at FROM public.lane_heartbeats AS heart
  WHERE heart.life = p_life ORDER BY heart.beat DESC LIMIT 1
$$;

-- Until when a row of `lane_leases` or of `lane_owners` holds.
CREATE FUNCTION pulse_lease_end(p_expires_at timestamptz, p_kept_until timestamptz, p_life bigint)
  RETURNS timestamptz
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE WHEN p_expires_at = p_kept_until
              THEN coalesce((SELECT expires_at FROM public.pulse_newest_beat(p_life)), '-infinity')
              ELSE p_expires_at END
$$;

-- Says that a life goes on for so many seconds. Others that say so for longer than twice that were
-- told by a clock that was wrong: from now on they last as long as this one.
CREATE FUNCTION pulse_beat(p_life bigint, p_seconds double precision) RETURNS void
  LANGUAGE sql
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
  SET enable_mergejoin = off -- to weigh one, the planner reads the ends of the index, past the dead
AS $$
  WITH gone AS (
    DELETE FROM public.lane_heartbeats
    WHERE life = p_life AND beat = (SELECT beat FROM public.pulse_newest_beat(p_life))
  )
  INSERT INTO public.lane_heartbeats (life, expires_at)
  VALUES (p_life, now() + p_seconds * interval '1 second');

  UPDATE public.lane_heartbeats AS heart SET expires_at = now() + p_seconds * interval '1 second'
  FROM (
    SELECT far.life, far.beat
    FROM (SELECT life FROM public.lane_owners UNION SELECT life FROM public.lane_leases) AS known,
         LATERAL public.pulse_newest_beat(known.life) AS newest,
         public.lane_heartbeats AS far
    WHERE known.life <> p_life AND newest.expires_at > now() + 2 * p_seconds * interval '1 second'
      AND far.life = known.life AND far.beat = newest.beat
    FOR UPDATE OF far SKIP LOCKED
  ) AS far
  WHERE heart.life = far.life AND heart.beat = far.beat
$$;

-- Up to where all new deliveries of a route have ended, as far as that was written down: whoever
-- looks at it first, after a start or a change of leases, begins there and passes no dead. New rows
-- take the place of older ones; the newest holds, on the server of which its numbers are.
CREATE TABLE route_marks (
  route_id  bigint NOT NULL,
  id        bigint GENERATED ALWAYS AS IDENTITY,
  tenant_id text   NOT NULL,
  entered   xid8   NOT NULL,
  last_id   bigint NOT NULL,
  in_doubt  xid8[] NOT NULL,
  server    text   NOT NULL,
  kept_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (route_id, id)
);
ALTER TABLE route_marks SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);
ALTER TABLE route_marks ENABLE ROW LEVEL SECURITY;
ALTER TABLE route_marks FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation_policy ON route_marks FOR ALL TO pulse_app
  USING (tenant_id = current_setting('app.tenant_id', true))
  WITH CHECK (tenant_id = current_setting('app.tenant_id', true));
GRANT SELECT, INSERT, UPDATE, DELETE ON route_marks TO pulse_app, pulse_operator;

-- Where a look at a route may begin; from the start where nothing was written down.
CREATE FUNCTION pulse_route_mark(
  p_route_id bigint, OUT entered xid8, OUT last_id bigint, OUT in_doubt xid8[]
)
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET jit = off
AS $$
  SELECT coalesce(newest.entered, '0'), coalesce(newest.last_id, -9223372036854775808),
         coalesce(newest.in_doubt, '{0}')
  FROM (VALUES (1)) AS one LEFT JOIN (
    SELECT mark.* FROM public.route_marks AS mark
    WHERE mark.route_id = p_route_id ORDER BY mark.id DESC LIMIT 1
  ) AS newest ON newest.server = extract(epoch FROM pg_postmaster_start_time())::text
$$;

-- What is added to the books and not merged yet, read from the mark on, whatever the planner makes of
-- a table of which hardly a row lives.
CREATE FUNCTION pulse_unmerged_ledger()
  RETURNS TABLE (tenant_id text, name text, value bigint)
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
AS $$
  SELECT added.tenant_id, added.name, added.value
  FROM public.pulse_delta_mark('ledger') AS mark, LATERAL (
    SELECT delta.tenant_id, delta.name, delta.value FROM public.ledger_deltas AS delta
    WHERE delta.entered >= mark.entered
    UNION ALL
    SELECT delta.tenant_id, delta.name, delta.value FROM public.ledger_deltas AS delta
    WHERE delta.entered = ANY (mark.in_doubt) AND delta.entered < mark.entered
  ) AS added
$$;
