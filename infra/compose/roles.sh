#!/bin/bash
# Runs once, when the database is created: the roles that log in over the network get their passwords. What they
# may do is decided by the migrations, which find them present.
set -euo pipefail

psql --set=ON_ERROR_STOP=1 --username=postgres --dbname=devos \
  --set=app="$DEVOS_APP_PASSWORD" --set=ingest="$DEVOS_INGEST_PASSWORD" <<'SQL'
create role devos_app login password :'app';
create role devos_ingest login bypassrls password :'ingest';
SQL
