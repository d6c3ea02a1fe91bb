-- oldest: 0018
-- locks: `lane_owners` and `dead_letter_messages`, for a moment
--
-- Whether another router lives is seen, not reckoned. Before, whoever looked compared the time until
-- which the other had written to hold with the clock of now: when that jumped ahead, all the living
-- looked dead until their next renewal, and what one was attempting another attempted as well. Now
-- each router watches the heartbeats of the others, and who has none for as long as a lease lasts, by
-- the watcher's own time, which no clock sets, is dead.

-- What tells whether a holder of lanes goes on: it is another one each time that it has said so, and
-- none once it has left. Of routers of the release before, who write until when they hold, it is that.
CREATE FUNCTION pulse_sign_of_life(
  p_holder text, p_expires_at timestamptz, p_kept_until timestamptz, p_life bigint
)
  RETURNS text
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE WHEN p_expires_at = p_kept_until
              THEN (SELECT 'beat ' || beat FROM public.pulse_newest_beat(p_life))
              WHEN p_expires_at > '-infinity' THEN p_holder || ' until ' || p_expires_at END
$$;

-- Routers of the release before know `expires_at` alone, and take what is past. What belongs to a
-- life is therefore held for ever, in their eyes, until one of them comes to look: then what belongs
-- to a life that has not said for as long as it meant to that it goes on is past. `kept_until` goes
-- with it, so that this counts for them alone. Before, it was an hour ahead, for which they had to
-- wait.
-- Contract when none of them may run any more: this goes, and both columns with it.
CREATE FUNCTION pulse_free_for_older() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  -- They go by the clock: a small step of it is to give nothing away.
  long_past   CONSTANT timestamptz := now() - interval '5 seconds';
  dead        integer[];
  dead_owners text[];
BEGIN
  -- Locked first and looked at again, in a statement that sees what was committed before: who
  -- renews holds its rows until its heartbeat is committed, and nobody waits for that here.
  SELECT array_agg(locked.partition) INTO dead FROM (
    SELECT lease.partition FROM public.lane_leases AS lease
    WHERE lease.expires_at = lease.kept_until AND lease.expires_at > now()
      AND public.pulse_lease_end(lease.expires_at, lease.kept_until, lease.life) <= long_past
    ORDER BY lease.partition FOR UPDATE SKIP LOCKED) AS locked;
  UPDATE public.lane_leases AS lease SET expires_at = now(), kept_until = now()
  WHERE lease.partition = ANY (dead)
    AND public.pulse_lease_end(lease.expires_at, lease.kept_until, lease.life) <= long_past;
  SELECT array_agg(locked.owner) INTO dead_owners FROM (
    SELECT known.owner FROM public.lane_owners AS known
    WHERE known.expires_at = known.kept_until AND known.expires_at > now()
      AND public.pulse_lease_end(known.expires_at, known.kept_until, known.life) <= long_past
    FOR UPDATE SKIP LOCKED) AS locked;
  UPDATE public.lane_owners AS known SET expires_at = now(), kept_until = now()
  WHERE known.owner = ANY (dead_owners)
    AND public.pulse_lease_end(known.expires_at, known.kept_until, known.life) <= long_past;
  RETURN NULL;
END
$$;
CREATE TRIGGER free_for_older AFTER INSERT OR UPDATE ON lane_owners
  FOR EACH ROW WHEN (NEW.expires_at IS DISTINCT FROM NEW.kept_until)
  EXECUTE FUNCTION pulse_free_for_older();

-- A dead letter that is being replayed is claimed by a life, where `claim_until` is what
-- `claimed_until` is: a router of the release before writes the one alone.
-- Contract when none of them may run any more: both go, and `claimed_life` tells all.
ALTER TABLE dead_letter_messages
  ADD COLUMN claimed_life bigint, ADD COLUMN claim_until timestamptz;
GRANT SELECT ON lane_heartbeats TO pulse_app;

-- What tells whether who has claimed a dead letter goes on; none where nobody has. A claim of the
-- release before lasts as long as it says; what lies further ahead than twice the time of a claim,
-- a clock that was wrong has written.
CREATE FUNCTION pulse_claim_sign(
  p_claimed_until timestamptz, p_claim_until timestamptz, p_life bigint
)
  RETURNS text
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE WHEN p_claimed_until = p_claim_until
              THEN (SELECT 'beat ' || beat FROM public.pulse_newest_beat(p_life))
              WHEN p_claimed_until > now() AND p_claimed_until <= now() + interval '20 minutes'
              THEN 'until ' || p_claimed_until END
$$;

-- The same two as before, with the new columns: whose claim it is concerns nobody.
CREATE OR REPLACE FUNCTION pulse_audit_view(stored jsonb) RETURNS jsonb
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
    - ARRAY['tenant_id', 'payload', 'history', 'destination_config',
            'claimed_until', 'claim_until', 'claimed_life']
    - ARRAY(SELECT name FROM jsonb_object_keys(stored) AS name
            WHERE name ~ 'secret|token|hash|password|sealed|credential')
    || coalesce((SELECT jsonb_build_object('destination_config', value) FROM shown), '{}')
$$;
CREATE OR REPLACE FUNCTION pulse_audit_changed(old_row jsonb, new_row jsonb) RETURNS text[]
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT ARRAY(
    SELECT name FROM jsonb_object_keys(new_row) AS name
    WHERE old_row -> name IS DISTINCT FROM new_row -> name
      AND name NOT IN ('claimed_until', 'claim_until', 'claimed_life')
    ORDER BY name)
$$;
