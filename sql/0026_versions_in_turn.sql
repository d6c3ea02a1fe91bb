-- oldest: 0018
-- locks: nothing for longer than a moment
--
-- A route whose version somebody has set to the highest number can be changed all the same, and
-- disabled by the router, in one transaction with what others' attempts have come to.
CREATE OR REPLACE FUNCTION pulse_next_version() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.version := OLD.version % 9223372036854775807 + 1;
  RETURN NEW;
END
$$;
