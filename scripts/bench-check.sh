#!/usr/bin/env bash
# The migration check beside its peers: agreement with the fixture, precision and recall on real histories, speed.
# Exits 1 where a target is missed. Packages of the peers and the projects are kept in $SUREFOOT_BENCH_DIR
# (default: surefoot-bench in the user's cache). See docs/bench-check.md.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
scripts/bootstrap.sh --venv-only --dev
exec .venv/bin/python -m tests.bench.check "$@"
