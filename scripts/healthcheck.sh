#!/usr/bin/env bash
# Does everything that serves agree? Exit 0 when it does.
exec "$(dirname -- "${BASH_SOURCE[0]}")/deploy.sh" --health-check "$@"
