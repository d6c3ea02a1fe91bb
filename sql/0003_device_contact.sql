-- Ingest notes when a device was last heard of, and registers one at first contact where the
-- operator wants that (ingest.auto_provision).

GRANT INSERT, UPDATE (last_seen_at) ON devices TO pulse_ingest;
