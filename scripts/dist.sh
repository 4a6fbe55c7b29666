#!/usr/bin/env bash
# dist/: the tool as a wheel, and as one executable file that has everything of requirements.lock in it.
# The same commit and the same Python give the same bytes. `scripts/dist.sh --wheel`: the wheel alone.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

PYTHON=.venv/bin/python
PARTS=build/parts

case ${1:-} in
  "" | --wheel) ;;
  *)
    echo "usage: $0 [--wheel]" >&2
    exit 2
    ;;
esac
scripts/bootstrap.sh --venv-only --dev
# Times inside of archives: the commit's, not the clock's.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || echo 315532800)
export SOURCE_DATE_EPOCH
umask 022
rm -rf build/lib build/bdist.* "$PARTS" dist
mkdir -p "$PARTS" dist

echo "wheel: building"
$PYTHON -m pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation -w dist . >&2
wheel=$(cd dist && ls surefoot-*.whl)
if [[ ${1:-} != --wheel ]]; then
  echo "one file: fetching what requirements.lock names (hashes checked)"
  $PYTHON -m pip download -q --disable-pip-version-check --require-hashes --only-binary :all: --no-deps \
    -r requirements.lock -d "$PARTS" >&2
  echo "one file: putting it together"
  platform=$($PYTHON -c 'import sys, sysconfig
print("cp%d%d-%s" % (*sys.version_info[:2], sysconfig.get_platform()))')
  # --venv: unpacked once into ~/.cache/pex; after that it starts as quickly as an installation.
  .venv/bin/pex --no-index --find-links "$PARTS" --no-pre-install-wheels --venv --console-script surefoot \
    --output-file "dist/${wheel%-py3-none-any.whl}-$platform.pex" "dist/$wheel" "$PARTS"/*.whl >&2
fi
(cd dist && sha256sum -- surefoot-* >SHA256SUMS)
cat dist/SHA256SUMS
