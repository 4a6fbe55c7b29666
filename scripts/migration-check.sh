#!/usr/bin/env bash
# What would the pending migrations do to production? Changes nothing.
# `migration-check.sh snapshot` saves what a check must know of production, for CI.
set -euo pipefail
DEPLOY="$(dirname -- "${BASH_SOURCE[0]}")/deploy.sh"
if [[ ${1:-} == snapshot ]]; then
  exec "$DEPLOY" "$@"
fi
exec "$DEPLOY" check "$@"
