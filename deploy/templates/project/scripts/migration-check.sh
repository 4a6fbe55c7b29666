#!/usr/bin/env bash
# What would the pending migrations do to production? Changes nothing.
set -euo pipefail
deploy="$(dirname -- "${BASH_SOURCE[0]}")/deploy.sh"
if [ "${1:-}" = snapshot ]; then exec "$deploy" "$@"; fi
exec "$deploy" check "$@"
