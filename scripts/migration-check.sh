#!/usr/bin/env bash
# What would the pending migrations do to production? Changes nothing.
exec "$(dirname -- "${BASH_SOURCE[0]}")/deploy.sh" check "$@"
