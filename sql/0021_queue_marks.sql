-- oldest: 0018
-- locks: `route_deliveries` while its rows are written anew, seconds for a million that are pending
--
-- The queue stays fast while somebody holds an old snapshot (a backup, a forgotten session): deleted
-- rows stay in the table and its indexes then, and what is fetched must not begin where they are.

-- Which transaction has brought a delivery. What a look at the table did not see, for it was not
-- committed yet, is found by that: these numbers never go back, whatever the clock does, and a
-- snapshot tells exactly which of them were still to come.
ALTER TABLE route_deliveries ADD COLUMN entered xid8 NOT NULL DEFAULT pg_current_xact_id();

-- What was never attempted is due in any case, and goes by the transaction that brought it; only
-- what has failed goes by time. One index for both made each look pass what has ended long since.
CREATE INDEX route_deliveries_fresh ON route_deliveries (route_id, entered, id)
  WHERE attempts = 0;
CREATE INDEX route_deliveries_retried ON route_deliveries (route_id, next_attempt_at, id)
  WHERE attempts > 0;
DROP INDEX route_deliveries_due;

-- A fifth of a table that was once long is too much to wait for, and vacuum is not to rest in
-- between: it is a few thousand rows. What is updated in place finds room in its page.
ALTER TABLE route_deliveries SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
  autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 100000,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000,
  autovacuum_vacuum_cost_delay = 0);
ALTER TABLE ingest_batches SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
  autovacuum_vacuum_cost_delay = 0);
ALTER TABLE ledger_totals SET (
  fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);
ALTER TABLE route_totals SET (
  fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);
ALTER TABLE lane_leases SET (
  fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);
ALTER TABLE lane_owners SET (
  fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);
