-- Joins arrays end to end. Small rows of `ingest_batches` are merged with it, which happens beside
-- the commits: taking their arrays apart and ordering each element took twice as long, and whoever
-- needed a core felt it.
CREATE AGGREGATE pulse_concat(anycompatiblearray) (
  sfunc = pg_catalog.array_cat, stype = anycompatiblearray, initcond = '{}'
);
