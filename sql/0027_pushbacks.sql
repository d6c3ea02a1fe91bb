-- oldest: 0018
-- locks: route_deliveries, for a moment
--
-- How often a delivery was pushed back by its receiver, and for how long that wanted to be left alone
-- in all: such attempts are among `attempts`, and not spent. Null where it never happened.
ALTER TABLE route_deliveries ADD COLUMN pushbacks integer, ADD COLUMN pushback_seconds double precision;
