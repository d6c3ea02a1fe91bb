-- Closed alerts are removed by age.

CREATE INDEX alerts_age ON alerts (closed_at) WHERE status = 'CLOSED';
