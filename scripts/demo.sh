#!/usr/bin/env bash
# The whole road, for real: PostgreSQL, an edge and a registry on loopback ports of their own; two versions
# deployed, a migration in between, a rollback, all under load. `scripts/demo.sh down` removes everything.
# Each clone has a demo of its own: the names of its containers, networks, volumes and images hold a hash of its path.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
DEMO=$ROOT/.demo
DEPLOY=./scripts/deploy.sh
WATCH_MINUTES=0.5
# What a shell may have set for another project must not reach this one.
unset "${!DEPLOY_@}" "${!COMPOSE_@}" APP_IMAGE RELEASE ENVIRONMENT EDGE_RUN EDGE_BIND MIGRATION_TARGET DATABASE_URL

PROJECT=surefoot_demo_$(printf '%s' "$ROOT" | sha256sum | cut -c 1-8)
STAGE=""
LOAD_PID=""

say() {
  STAGE=$*
  printf '\n== %s\n' "$*"
}

show() { # runs a command of the tool as a person would type it
  printf '$ %s\n' "$*"
  "$@"
}

# ── settings ─────────────────────────────────────────────────────────────────

free_port() { "$ROOT/.venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Where containers find this host: the address of Docker's default bridge.
bridge_address() {
  local address
  address=$(docker network inspect bridge --format '{{range .IPAM.Config}}{{.Gateway}} {{end}}' 2>/dev/null | cut -d ' ' -f 1)
  printf '%s' "${address:-172.17.0.1}"
}

write_settings() {
  local database_port registry_port edge_port password
  database_port=$(free_port)
  registry_port=$(free_port)
  edge_port=$(free_port)
  password=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
  mkdir -p "$DEMO"
  (umask 077 && cat >"$DEMO/.env") <<ENV
PROJECT=$PROJECT
IMAGE_REPOSITORY=127.0.0.1:$registry_port/$PROJECT/auto_trader
GITHUB_REPOSITORY=acme/auto_trader
POSTGRES_PASSWORD=$password
DATABASE_URL=postgresql://auto_trader:$password@host.docker.internal:$database_port/auto_trader
DEPLOY_DATABASE_URL=postgresql://auto_trader:$password@127.0.0.1:$database_port/auto_trader
DEPLOY_WATCH_MINUTES=$WATCH_MINUTES
DEPLOY_COMPOSE_FILES=docker-compose.prod.yml:docker-compose.patient.yml
DEPLOY_START_TIMEOUT_SECONDS=180
DEPLOY_HEALTH_TIMEOUT_SECONDS=120
DEPLOY_SETTLE_SECONDS=2
DB_PORT=$database_port
DB_GATEWAY=$(bridge_address)
REGISTRY_PORT=$registry_port
EDGE_PORT=$edge_port
EDGE_USER=$(id -u):$(id -g)
POSTGRES_IMAGE=surefoot/base-postgres:bookworm
REGISTRY_IMAGE=surefoot/base-registry:bookworm
EDGE_IMAGE=surefoot/base-haproxy:bookworm
ENV
  cp -r "$ROOT/docker-compose.prod.yml" "$ROOT/docker-compose.demo.yml" "$ROOT/edge" "$DEMO/"
  # A laptop that is busy with other things starts an application late; that is no bad release.
  cat >"$DEMO/docker-compose.patient.yml" <<'YAML'
services:
  app:
    healthcheck: {timeout: 10s, retries: 10, start_period: 180s}
  edge:
    healthcheck: {timeout: 10s, retries: 10, start_period: 60s}
  worker: &background
    image: ${APP_IMAGE:-${IMAGE_REPOSITORY}:latest}
    command: [python, -c, "import time; time.sleep(10**8)"]
    healthcheck: {disable: true}
    init: true
    read_only: true
    cap_drop: [ALL]
    restart: unless-stopped
  scheduler: *background
YAML
  set -a
  # shellcheck disable=SC1091
  . "$DEMO/.env"
  set +a
}

setting() { # NAME: of the demo that is there; empty where there is none
  [[ ! -f $DEMO/.env ]] || sed -n "s/^$1=//p" "$DEMO/.env"
}

# ── taking it away ───────────────────────────────────────────────────────────

# By the labels and names of the engine, so that it also works where .demo is gone or an earlier version wrote it.
down() {
  local project projects
  if ! docker version >/dev/null 2>&1; then
    printf 'demo: no Docker engine answers\nhint: scripts/bootstrap.sh --engine-only, then make demo-down\n' >&2
    exit 1
  fi
  mapfile -t projects < <(printf '%s\n' "$PROJECT" "$(setting PROJECT)" | sort -u | sed '/^$/d')
  for project in "${projects[@]}"; do
    if belongs_to_another_clone "$project"; then
      say "$project is the demo of another clone: left alone"
      continue
    fi
    remove_project "$project"
    remove_project "${project}_demo"
    remove_images "/$project/"
    [[ $project != "$(setting PROJECT)" ]] || remove_images "$(setting IMAGE_REPOSITORY)"
  done
  rm -rf "$DEMO"
}

# Demos of earlier versions all had one name, and a copied clone brings the name of the first one along.
belongs_to_another_clone() { # PROJECT
  local name directory
  for name in "$1" "$1_demo"; do
    while read -r directory; do
      [[ -z $directory || $directory == "$DEMO" || ! -d $directory ]] || return 0
    done < <(docker ps --all --filter "label=com.docker.compose.project=$name" \
      --format '{{.Label "com.docker.compose.project.working_dir"}}')
  done
  return 1
}

remove_project() { # PROJECT
  local filter=label=com.docker.compose.project=$1
  docker ps --all --quiet --filter "$filter" | xargs --no-run-if-empty docker rm --force --volumes >/dev/null
  docker network ls --quiet --filter "$filter" | xargs --no-run-if-empty docker network rm >/dev/null
  docker volume ls --quiet --filter "$filter" | xargs --no-run-if-empty docker volume rm --force >/dev/null
}

# Never by force: an image on which another one stands only loses its name, one that a container uses keeps it.
remove_images() { # PART_OF_NAME
  local name kept=() format
  [[ -n $1 ]] || return 0
  for format in '{{.Repository}}:{{.Tag}}' '{{.Repository}}@{{.Digest}}'; do
    while read -r name; do
      docker image rm "$name" >/dev/null 2>&1 || kept+=("$name")
    done < <(docker image ls --digests --format "$format" | grep -F -- "$1" | grep -v '<none>$' | sort -u)
  done
  [[ ${#kept[@]} -eq 0 ]] || echo "demo: other images or containers stand on ${kept[*]}: left to them"
}

# ── the road ─────────────────────────────────────────────────────────────────

build_and_push() { # version, build service
  local reference=$IMAGE_REPOSITORY:$1
  BUILD_IMAGE=$reference BASE_IMAGE=surefoot/base-python:bookworm CA_BUNDLE=$(ca_bundle) COMPOSE_BAKE=false \
    docker compose --progress quiet -f "$ROOT/docker-compose.build.yml" build "$2"
  docker push --quiet "$reference" >/dev/null
}

# The host's CA bundle enters the build only as a secret, where there is one.
ca_bundle() {
  local file=/etc/ssl/certs/ca-certificates.crt
  if [[ -s $file ]]; then printf '%s' "$file"; else printf '/dev/null'; fi
}

# shellcheck disable=SC2153 # EDGE_PORT comes from the demo's .env
release_serving() {
  "$ROOT/.venv/bin/python" - "$EDGE_PORT" <<'PY'
import json, sys, urllib.request
with urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/api/health", timeout=5) as answer:
    body = json.load(answer)
print(body["release"], "image", body["image_revision"], "database", body["database_revision"])
PY
}

background_release() { # of the worker and the scheduler
  local service
  for service in worker scheduler; do
    docker ps --filter "label=com.docker.compose.project=$PROJECT" \
      --filter "label=com.docker.compose.service=$service" --format '{{.Label "surefoot.release"}}'
  done | paste -sd ' '
}

# Few enough requests for a small machine, enough to notice one that is lost.
begin_load() {
  "$ROOT/.venv/bin/python" "$ROOT/scripts/load.py" --url "http://127.0.0.1:$EDGE_PORT" --rate 20 \
    --until-file "$DEMO/load.stop" --parent $$ >"$DEMO/load.json" &
  LOAD_PID=$!
}

end_load() {
  touch "$DEMO/load.stop"
  wait "$LOAD_PID"
  LOAD_PID=""
}

# However it ends: no load goes on, and what can be typed next is said.
at_exit() {
  local code=$?
  if [[ -n $LOAD_PID ]]; then
    kill "$LOAD_PID" 2>/dev/null || true
    wait "$LOAD_PID" 2>/dev/null || true
  fi
  ((code != 0)) || return 0
  local how="failed"
  ((code < 129)) || how="interrupted"
  printf '\ndemo: %s at "%s" (exit %s)\n' "$how" "$STAGE" "$code" >&2
  [[ ! -f $DEMO/.env ]] || echo "hint: ./scripts/deploy.sh --project-directory .demo status tells how it stands" >&2
  echo "next: make demo begins anew; make demo-down removes what is there" >&2
}

# shellcheck disable=SC2153
say_what_was_proved() { # FIRST SECOND BACK SET_UP_SECONDS BACKGROUND
  say "what was proved"
  printf '%s\n' \
    "1. an empty database was migrated to its head and served: $1" \
    "2. the plan was saved and printed before anything was changed" \
    "3. the database was backed up, and the backup read back whole: $("$DEPLOY" backup list | head -n 1 | cut -c 1-60)" \
    "4. a pending migration was judged, previewed and applied by the new image" \
    "5. the second release took over, and was watched for $WATCH_MINUTES minutes: $2" \
    "6. the rollback brought the first image back on the newer schema: $3" \
    "7. :backup, :latest and :release-N name what they should: $(docker image ls --format '{{.Tag}}' "$IMAGE_REPOSITORY" | sort | tr '\n' ' ')" \
    "8. requests meanwhile: $(cat "$DEMO/load.json")" \
    "9. status: $("$DEPLOY" status | head -n 1)" \
    "10. worker and scheduler went along, first, second and back: $5" \
    "11. all of it took $SECONDS s, $4 s of them to set up what was missing"
}

say_what_is_next() {
  "$DEPLOY" history --html "$DEMO/report/index.html" >/dev/null
  cat <<TEXT

report: $DEMO/report/index.html (each deployment: steps, locks, risk, backup, log)
try next:
  ./scripts/deploy.sh --project-directory .demo status
  ./scripts/deploy.sh --project-directory .demo checklist
  ./scripts/deploy.sh --project-directory .demo --auto-migrate --image $IMAGE_REPOSITORY:v2 --plan
  curl -i http://127.0.0.1:$EDGE_PORT/api/health
  make demo-down
TEXT
}

main() {
  local first second back set_up_seconds background
  cd "$ROOT"
  say "set up what is missing"
  scripts/bootstrap.sh --base-images
  set_up_seconds=$SECONDS
  # A second run begins where the first one did: with an empty database.
  down
  write_settings
  export DEPLOY_PROJECT_DIRECTORY=$DEMO

  say "PostgreSQL and a registry"
  (cd "$DEMO" && docker compose --progress quiet -f docker-compose.demo.yml up -d --wait --wait-timeout 120 db registry)

  say "two versions of the reference application"
  build_and_push v1 app-v1
  build_and_push v2 app

  say "the first release"
  show "$DEPLOY" --auto-migrate --health-check --image "$IMAGE_REPOSITORY:v1" --watch 0
  first=$(release_serving)
  background=$(background_release)

  say "the second release, with a migration, a backup, and requests all the while; watched for $WATCH_MINUTES minutes"
  begin_load
  show "$DEPLOY" --auto-migrate --backup --health-check --image "$IMAGE_REPOSITORY:v2" --watch "$WATCH_MINUTES"
  second=$(release_serving)
  background+=", $(background_release)"

  say "history"
  show "$DEPLOY" history
  say "rollback"
  show "$DEPLOY" rollback --yes
  back=$(release_serving)
  background+=", $(background_release)"
  end_load

  say_what_was_proved "$first" "$second" "$back" "$set_up_seconds" "$background"
  [[ $background == "release-1 release-1, release-2 release-2, release-1 release-1" ]] || {
    printf 'demo: the worker or the scheduler runs another release than the application\nhint: line 10\n' >&2
    exit 1
  }
  grep -q '"failed": 0' "$DEMO/load.json" || {
    printf 'demo: requests were lost\nhint: line 8 names how they failed\n' >&2
    exit 1
  }
  say_what_is_next
}

trap at_exit EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
case ${1:-} in
  "") main ;;
  down)
    down
    say "the demo is gone"
    ;;
  *)
    trap - EXIT
    echo "usage: $0 [down]" >&2
    exit 2
    ;;
esac
