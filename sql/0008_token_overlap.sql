-- A device's token is rotated without the device falling silent: earlier ones hold for a while.

-- The newest first, each with the time until which it holds. A few, because a token may be rotated
-- again before the device has learned of the one before.
ALTER TABLE devices
  ADD COLUMN previous_token_hashes bytea[]       NOT NULL DEFAULT '{}',
  ADD COLUMN previous_token_untils timestamptz[] NOT NULL DEFAULT '{}',
  ADD CONSTRAINT devices_previous_tokens CHECK (
    cardinality(previous_token_hashes) = cardinality(previous_token_untils)
    AND cardinality(previous_token_hashes) <= 3
    AND array_position(previous_token_hashes, NULL) IS NULL
    AND array_position(previous_token_untils, NULL) IS NULL);

DROP TRIGGER announce ON devices;
CREATE TRIGGER announce
  AFTER INSERT OR DELETE
  OR UPDATE OF site_id, provision_token_hash, status, previous_token_hashes, previous_token_untils
  ON devices FOR EACH ROW EXECUTE FUNCTION pulse_announce();
