-- oldest: 0018
-- locks: nothing for longer than a moment
--
-- With which commit the session at the broker began: packet ids of before mean nothing to it, and
-- what comes again must not be held against them. The number is that of the last commit before.
ALTER TABLE mqtt_sessions ADD COLUMN began_after bigint NOT NULL DEFAULT 0;
