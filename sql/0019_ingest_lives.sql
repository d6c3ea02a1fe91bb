-- oldest: 0018
-- locks: nothing for longer than a moment
--
-- A commit belongs to one life of a router. Each life writes its run here before it loads what
-- earlier ones have committed, and each commit holds the row while it finds its own run there: so a
-- commit of an earlier life either ends before, and is loaded, or finds that its life is over.
-- Before, a commit that landed late was stored again.
ALTER TABLE ingest_nodes ADD COLUMN run_id bigint;
ALTER TABLE ingest_nodes ADD COLUMN begun_at timestamptz;
-- Who it is: its name among the holders of lanes, which tells whether it lives, and its process.
ALTER TABLE ingest_nodes ADD COLUMN owner text;
ALTER TABLE ingest_nodes ADD COLUMN process text;
GRANT UPDATE (run_id, begun_at, owner, process) ON ingest_nodes TO pulse_ingest;
GRANT SELECT ON lane_owners TO pulse_ingest;
