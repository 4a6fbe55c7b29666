#!/usr/bin/env bash
# Makes the base images available under local names:
#   surefoot/base-{python,postgres,haproxy,registry}:bookworm
# Where an image registry answers, the official images are pulled; where none does, equivalents are built from
# the distribution's packages. SUREFOOT_BASE_IMAGES=build|pull|auto decides by hand.
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
SUITE=bookworm
SOURCE=${SUREFOOT_BASE_IMAGES:-auto}
PROBE_SECONDS=15
declare -A OFFICIAL=(
  [python]=python:3.12-slim-bookworm [postgres]=postgres:16-bookworm
  [haproxy]=haproxy:2.8-bookworm [registry]=registry:2
)
# shellcheck disable=SC2054 # commas are mmdebstrap's own separator
declare -A PACKAGES=(
  [python]=python3,python3-venv,python3-pip,python-is-python3,ca-certificates
  [postgres]=postgresql-15,postgresql-client-15,util-linux
  [haproxy]=haproxy
  [registry]=docker-registry,ca-certificates
)
declare -A CONFIGURATION=(
  [python]='CMD ["python"]'
  [postgres]='ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin|ENV PGDATA=/var/lib/postgresql/data|VOLUME /var/lib/postgresql/data|EXPOSE 5432|ENTRYPOINT ["/usr/local/bin/postgres-entrypoint"]|CMD ["postgres"]'
  [haproxy]='CMD ["haproxy", "-W", "-db", "-f", "/etc/haproxy/haproxy.cfg"]'
  [registry]='ENV REGISTRY_AUTH=|ENV REGISTRY_STORAGE_DELETE_ENABLED=true|ENV REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=/var/lib/registry|EXPOSE 5000|ENTRYPOINT ["docker-registry", "serve"]|CMD ["/etc/docker/registry/config.yml"]'
)

say() { printf '%s\n' "base image: $*"; }

fail() {
  printf 'base image: %s\nhint: %s\n' "$1" "$2" >&2
  exit 1
}

local_name() { printf 'surefoot/base-%s:%s' "$1" "$SUITE"; }

is_here() { docker image inspect "$(local_name "$1")" >/dev/null 2>&1; }

# One probe a run: a pull of the smallest question that a registry can answer.
registry_answers() {
  case $SOURCE in
    pull) return 0 ;;
    build) return 1 ;;
  esac
  timeout "$PROBE_SECONDS" docker manifest inspect "${OFFICIAL[registry]}" >/dev/null 2>&1
}

pull_image() {
  say "$1: pulling ${OFFICIAL[$1]}"
  docker pull --quiet "${OFFICIAL[$1]}" >/dev/null || fail "${OFFICIAL[$1]} could not be pulled" "SUREFOOT_BASE_IMAGES=build $0 $1"
  docker tag "${OFFICIAL[$1]}" "$(local_name "$1")"
}

ensure_mmdebstrap() {
  command -v mmdebstrap >/dev/null && return
  say "installing mmdebstrap from the distribution"
  as_root apt-get install -y -qq --no-install-recommends mmdebstrap >/dev/null ||
    fail "mmdebstrap could not be installed" "apt-get update, then again"
}

as_root() { if [[ $(id -u) -eq 0 ]]; then "$@"; else sudo -n "$@"; fi; }

# The host's own sources, so that its proxy, its mirror and its keys count; without a CA of a
# third party in the image.
host_sources() {
  local file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list; do
    [[ -s $file ]] && grep -qE "(Suites: |[^ ]/ |debian )$SUITE( |$)" "$file" && printf '%s\n' "$file"
  done
  return 0
}

# shellcheck disable=SC2016 # the hooks' "$1" is expanded by mmdebstrap, not here
build_image() {
  local name=$1 sources changes=() instruction hooks=()
  mapfile -t sources < <(host_sources)
  [[ ${#sources[@]} -gt 0 ]] || fail "this host has no package sources of $SUITE" "SUREFOOT_BASE_IMAGES=pull $0 $name"
  IFS='|' read -r -a instructions <<<"${CONFIGURATION[$name]}"
  for instruction in "${instructions[@]}"; do changes+=(--change "$instruction"); done
  if [[ $name == postgres ]]; then
    hooks+=(--customize-hook="copy-in $HERE/images/postgres-entrypoint.sh /usr/local/bin"
      --customize-hook='mv "$1/usr/local/bin/postgres-entrypoint.sh" "$1/usr/local/bin/postgres-entrypoint"; chmod 755 "$1/usr/local/bin/postgres-entrypoint"')
    # The package's own cluster would only take room.
    hooks+=(--customize-hook='rm -rf "$1"/var/lib/postgresql/15 "$1"/etc/postgresql/15')
  fi
  say "$name: no image registry is used, building an equivalent from the packages ${PACKAGES[$name]}"
  as_root mmdebstrap --quiet --variant=minbase --include="${PACKAGES[$name]}" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --aptopt='APT::Install-Recommends "false"' --essential-hook='mkdir -p "$1/etc/postgresql-common"; echo "create_main_cluster = false" >"$1/etc/postgresql-common/createcluster.conf"' \
    --customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*.bin "$1"/etc/apt/sources.list.d/*' \
    "${hooks[@]}" "$SUITE" - "${sources[@]}" |
    docker import "${changes[@]}" - "$(local_name "$name")-part" >/dev/null || {
    docker image rm "$(local_name "$name")-part" >/dev/null 2>&1 || true
    fail "$name could not be built" "the lines above say why"
  }
  # The name is given last: an import that was cut short must not pass for an image.
  docker tag "$(local_name "$name")-part" "$(local_name "$name")"
  docker image rm "$(local_name "$name")-part" >/dev/null
}

main() {
  local wanted=() name force=no missing=()
  for name in "$@"; do
    case $name in
      all) wanted+=(python postgres haproxy registry) ;;
      python | postgres | haproxy | registry) wanted+=("$name") ;;
      --force) force=yes ;;
      *) printf 'usage: %s [--force] python|postgres|haproxy|registry|all\n' "$0" >&2; exit 2 ;;
    esac
  done
  [[ ${#wanted[@]} -gt 0 ]] || { printf 'usage: %s [--force] python|postgres|haproxy|registry|all\n' "$0" >&2; exit 2; }
  docker version >/dev/null 2>&1 || fail "no Docker engine answers" "scripts/bootstrap.sh"
  for name in "${wanted[@]}"; do
    if [[ $force == no ]] && is_here "$name"; then say "$(local_name "$name"): here"; else missing+=("$name"); fi
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  if registry_answers; then
    for name in "${missing[@]}"; do pull_image "$name"; done
  else
    ensure_mmdebstrap
    for name in "${missing[@]}"; do build_image "$name"; done
  fi
  for name in "${missing[@]}"; do say "$(local_name "$name"): ready"; done
}

main "$@"
