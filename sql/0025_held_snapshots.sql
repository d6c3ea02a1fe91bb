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
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
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
  SET enable_seqscan = off SET enable_bitmapscan = off
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
