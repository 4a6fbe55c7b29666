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
HOST_CA=/etc/ssl/certs/ca-certificates.crt
SCRATCH=$(mktemp -d)
IS_BUILDING=no
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# Run in a container of Debian: installs the packages $1 (commas between) from the lists that come by standard input.
# Nothing is started, and what only the installation needed goes again.
# shellcheck disable=SC2016 # expanded in the container
INSTALL='
  tar -x --ignore-zeros -C /var/lib/apt
  printf "#!/bin/sh\nexit 101\n" >/usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
  mkdir -p /etc/postgresql-common
  echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
  export DEBIAN_FRONTEND=noninteractive http_proxy="$2" https_proxy="$3"
  apt-get install -y -q -o Acquire::https::CaInfo=/var/lib/apt/lists/host-ca.crt $(echo "$1" | tr , " ")
  rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb /usr/sbin/policy-rc.d \
    /etc/apt/sources.list.d/* /var/lib/postgresql/15 /etc/postgresql/15 /var/log/apt /var/log/dpkg.log
'
declare -A OFFICIAL=(
  [python]=python:3.12-slim-bookworm [postgres]=postgres:16-bookworm
  [haproxy]=haproxy:2.8-bookworm [registry]=registry:2
)
# shellcheck disable=SC2054 # the commas are mmdebstrap's and our own separator
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

# However it ends: no container goes on installing, and no half of an image stays.
clean_up() {
  local name
  if [[ $IS_BUILDING == yes ]]; then
    for name in "${!PACKAGES[@]}"; do docker rm --force "$(container_of "$name")" >/dev/null 2>&1 || true; done
    docker image rm "$(local_name debian)-part" >/dev/null 2>&1 || true
  fi
  as_root rm -rf "$SCRATCH"
}

fail() {
  printf 'base image: %s\nhint: %s\n' "$1" "$2" >&2
  exit 1
}

container_of() { printf 'surefoot-base-%s-%s' "$1" "$$"; }

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

# What the others stand on: a layer that they share. Its package lists go to a file, for the packages on top.
# shellcheck disable=SC2016 # the hooks' "$1" is expanded by mmdebstrap, not here
build_debian() {
  local sources
  mapfile -t sources < <(host_sources)
  [[ ${#sources[@]} -gt 0 ]] || fail "this host has no package sources of $SUITE" "SUREFOOT_BASE_IMAGES=pull $0 all"
  say "no image registry is used: building Debian $SUITE, on which equivalents of the official images stand"
  # force-unsafe-io: without waiting for the disk after each file. What a power cut leaves half is never tagged.
  as_root mmdebstrap --quiet --variant=minbase --include=ca-certificates --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --aptopt='APT::Install-Recommends "false"' \
    --skip=cleanup/apt/lists --customize-hook="tar-out /var/lib/apt/lists $SCRATCH/lists.tar" \
    --customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*.bin' \
    "$SUITE" - "${sources[@]}" | docker import - "$(local_name debian)-part" >/dev/null ||
    fail "Debian could not be built" "the lines above say why"
  docker tag "$(local_name debian)-part" "$(local_name debian)"
}

# One image: its packages on top, installed in a container that is committed under the image's name.
build_image() {
  local name=$1 changes=() instructions instruction container
  container=$(container_of "$name")
  IFS='|' read -r -a instructions <<<"${CONFIGURATION[$name]}"
  for instruction in "${instructions[@]}"; do changes+=(--change "$instruction"); done
  say "$name: installing ${PACKAGES[$name]}"
  # The proxies are arguments: variables of the container would stay in the image.
  if ! lists_as_tar | docker run --interactive --name "$container" --network host "$(local_name debian)" \
    sh -euc "$INSTALL" sh "${PACKAGES[$name]}" "$(proxy http)" "$(proxy https)" >"$SCRATCH/$name.log" 2>&1; then
    tail -n 15 "$SCRATCH/$name.log" >&2
    docker rm --force "$container" >/dev/null 2>&1 || true
    fail "$name could not be built" "the lines above say why"
  fi
  [[ $name != postgres ]] || docker cp "$HERE/images/postgres-entrypoint.sh" "$container:/usr/local/bin/postgres-entrypoint"
  # The name is given last: a build that was cut short must not pass for an image.
  docker commit "${changes[@]}" "$container" "$(local_name "$name")" >/dev/null
  docker rm "$container" >/dev/null
}

# The lists, and this host's CA bundle beside them: both are removed with the lists, and reach no image.
lists_as_tar() {
  cat "$SCRATCH/lists.tar"
  [[ ! -s $HOST_CA ]] || tar -C "${HOST_CA%/*}" --transform 's,.*,lists/host-ca.crt,' -c "${HOST_CA##*/}"
}

proxy() { # http | https: as apt on this host is told
  local RES=""
  eval "$(apt-config shell RES "Acquire::$1::Proxy")"
  local variable=$1_proxy
  printf '%s' "${RES:-${!variable:-}}"
}

# All at once: installing is mostly waiting for one another's packages to arrive and to be unpacked.
build_images() {
  local name pids=() pid failed=no
  ensure_mmdebstrap
  IS_BUILDING=yes
  build_debian
  for name in "$@"; do
    build_image "$name" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=yes; done
  [[ $failed == no ]] || exit 1
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
    build_images "${missing[@]}"
  fi
  for name in "${missing[@]}"; do say "$(local_name "$name"): ready"; done
}

main "$@"
