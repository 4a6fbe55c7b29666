#!/usr/bin/env bash
# Surefoot for this project. The program is named by SUREFOOT (a file) or SUREFOOT_HOME (a virtual environment);
# without them it is the one below. Which version this project uses, exactly:
#   [[ surefoot ]][% if surefoot_sha256 %] (sha256 [[ surefoot_sha256 ]])[% endif %]

set -euo pipefail
root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)"
program="${SUREFOOT:-${SUREFOOT_HOME:+$SUREFOOT_HOME/bin/surefoot}}"
program="${program:-[[ surefoot_program ]]}"
if ! command -v "$program" >/dev/null; then
  printf 'error: %s is not here, or may not be executed\nhint: %s\n' "$program" '[[ surefoot_how ]]' >&2
  exit 2
fi
[% if surefoot_kind == "executable" %]
if ! printf '%s  %s\n' [[ surefoot_sha256 ]] "$(command -v "$program")" | sha256sum --check --strict --status; then
  printf 'error: %s is not the file that this project names by its sha256\n' "$program" >&2
  printf 'hint: put the right file there, or, for another version, its sha256 into %s\n' "$0" >&2
  exit 2
fi
[% endif %]
exec "$program" --project-directory "$root" "$@"
