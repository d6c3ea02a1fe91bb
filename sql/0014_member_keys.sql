-- A tenant's key holds its tenant: otherwise what another tenant has would be in the way, and that
-- would tell that it is there.
ALTER TABLE device_group_members
  DROP CONSTRAINT device_group_members_pkey,
  ADD PRIMARY KEY (tenant_id, group_id, device_id);
