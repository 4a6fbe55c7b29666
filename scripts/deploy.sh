#!/usr/bin/env bash
# Finds the virtual environment (or makes it), then runs deploy.py. See ./scripts/deploy.sh --help.
set -euo pipefail
here=${BASH_SOURCE[0]}
while [[ -L $here ]]; do
  link=$(readlink -- "$here")
  if [[ $link == /* ]]; then here=$link; else here=${here%/*}/$link; fi
done
[[ $here == */* ]] || here=./$here
root=${here%/*}/..
if [[ ! -x $root/.venv/bin/python ]]; then
  bash "$root/scripts/bootstrap.sh" --venv-only >&2
fi
exec "$root/.venv/bin/python" "$root/scripts/deploy.py" "$@"
