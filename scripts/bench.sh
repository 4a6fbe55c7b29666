#!/usr/bin/env bash
# Our overhead beside the bare commands, medians of five, side by side in one run.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
scripts/bootstrap.sh --dev
scripts/build-base-image.sh all
exec .venv/bin/python -m tests.bench.bench
