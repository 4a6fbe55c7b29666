#!/usr/bin/env bash
# Surefoot for this project: `pipx install [[ surefoot ]]`, or a virtual environment named by SUREFOOT_HOME.
set -euo pipefail
root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)"
program="${SUREFOOT_HOME:+$SUREFOOT_HOME/bin/}surefoot"
if ! command -v "$program" >/dev/null; then
  printf 'error: %s is not installed\nhint: pipx install [[ surefoot ]]\n' "$program" >&2
  exit 2
fi
exec "$program" --project-directory "$root" "$@"
