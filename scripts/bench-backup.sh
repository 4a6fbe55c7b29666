#!/usr/bin/env bash
# Backup, restore and verify beside the seeds' `pg_dump > f.sql` and `psql < f.sql`, in one run, on a database of at
# least 1 GB; PostgreSQL 15 of the host and 17 of a wheel. Exits 1 where a target is missed. See docs/bench-backup.md.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
scripts/bootstrap.sh --venv-only --dev
exec .venv/bin/python -m tests.bench.backup "$@"
