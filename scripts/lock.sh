#!/usr/bin/env bash
# Renews the lock files: every package with its hashes, for Python 3.11 and later.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
command -v uv >/dev/null || { echo "lock: uv is not installed; hint: pip install uv" >&2; exit 2; }
for name in requirements requirements-dev requirements-programs app/requirements; do
  UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
    --no-emit-index-url --no-emit-find-links "$name.in" -o "$name.lock"
done
