#!/bin/bash
# Run by the PostgreSQL image at its first start: makes the role that pulse-router logs in as.
# It is no superuser and owns nothing; `pulse-router migrate` grants it what it needs.
set -euo pipefail

psql --no-psqlrc --set ON_ERROR_STOP=1 --set password="$IOT_PASSWORD" \
  --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE iot LOGIN PASSWORD :'password';
SQL
