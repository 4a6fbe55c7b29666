#!/usr/bin/env bash
# The whole road, for real: PostgreSQL, an edge and a registry on loopback ports of their own; two versions
# deployed, a migration in between, a rollback, all under load. `scripts/demo.sh down` removes everything.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
export PROJECT=surefoot_demo_app
DEMO=$ROOT/.demo
DEPLOY="$ROOT/scripts/deploy.sh"

say() { printf '\n== %s\n' "$*"; }

free_port() { "$ROOT/.venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

settings() {
  if [[ ! -f $DEMO/.env ]]; then
    local database_port registry_port edge_port password
    database_port=$(free_port)
    registry_port=$(free_port)
    edge_port=$(free_port)
    password=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
    mkdir -p "$DEMO"
    (umask 077 && cat >"$DEMO/.env") <<ENV
PROJECT=$PROJECT
IMAGE_REPOSITORY=127.0.0.1:$registry_port/acme/auto_trader
GITHUB_REPOSITORY=acme/auto_trader
POSTGRES_PASSWORD=$password
DATABASE_URL=postgresql://auto_trader:$password@host.docker.internal:$database_port/auto_trader
DEPLOY_DATABASE_URL=postgresql://auto_trader:$password@127.0.0.1:$database_port/auto_trader
DB_PORT=$database_port
REGISTRY_PORT=$registry_port
EDGE_PORT=$edge_port
POSTGRES_IMAGE=surefoot/base-postgres:bookworm
REGISTRY_IMAGE=surefoot/base-registry:bookworm
EDGE_IMAGE=surefoot/base-haproxy:bookworm
ENV
    cp -r "$ROOT/docker-compose.prod.yml" "$ROOT/docker-compose.demo.yml" "$ROOT/edge" "$DEMO/"
  fi
  set -a
  # shellcheck disable=SC1091
  . "$DEMO/.env"
  set +a
}


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

down() {
  if [[ ! -d $DEMO ]]; then
    say "the demo has left nothing"
    return
  fi
  settings
  (cd "$DEMO" && docker compose -f docker-compose.prod.yml --profile migration down --volumes --timeout 5 --remove-orphans)
  (cd "$DEMO" && docker compose -f docker-compose.demo.yml down --volumes --timeout 5)
  docker image ls --quiet "$IMAGE_REPOSITORY" | sort -u | xargs --no-run-if-empty docker image rm --force >/dev/null
  rm -rf "$DEMO"
  say "the demo is gone"
}

main() {
  local started=$SECONDS load_file load_pid first second back
  say "set up what is missing"
  "$ROOT/scripts/bootstrap.sh"
  "$ROOT/scripts/build-base-image.sh" all
  # A second run begins where the first one did: with an empty database.
  [[ ! -d $DEMO ]] || down
  settings
  export DEPLOY_PROJECT_DIRECTORY=$DEMO

  say "PostgreSQL and a registry"
  (cd "$DEMO" && docker compose --progress quiet -f docker-compose.demo.yml up -d --wait --wait-timeout 60 db)
  (cd "$DEMO" && docker compose --progress quiet -f docker-compose.demo.yml up -d registry)

  say "two versions of the reference application"
  build_and_push v1 app-v1
  build_and_push v2 app

  say "the first release"
  "$DEPLOY" --auto-migrate --health-check --image "$IMAGE_REPOSITORY:v1"
  first=$(release_serving)

  say "the second release, with a migration, a backup, and requests all the while"
  load_file=$(mktemp)
  "$ROOT/.venv/bin/python" "$ROOT/scripts/load.py" --url "http://127.0.0.1:$EDGE_PORT" --until-file "$load_file.stop" >"$load_file" &
  load_pid=$!
  "$DEPLOY" --auto-migrate --backup --health-check --image "$IMAGE_REPOSITORY:v2"
  second=$(release_serving)

  say "history"
  "$DEPLOY" history
  say "rollback"
  "$DEPLOY" rollback --yes
  back=$(release_serving)
  touch "$load_file.stop"
  wait "$load_pid"

  say "what was proved"
  printf '%s\n' \
    "1. an empty database was migrated to its head and served: $first" \
    "2. the plan was saved and printed before anything was changed" \
    "3. the database was backed up, and the backup read back whole: $("$DEPLOY" backup list | head -n 1 | cut -c 1-60)" \
    "4. a pending migration was judged, previewed and applied by the new image" \
    "5. the second release took over: $second" \
    "6. the rollback brought the first image back on the newer schema: $back" \
    "7. :backup, :latest and :release-N name what they should: $(docker image ls --format '{{.Tag}}' "$IMAGE_REPOSITORY" | sort | tr '\n' ' ')" \
    "8. requests meanwhile: $(cat "$load_file")" \
    "9. status: $("$DEPLOY" status | head -n 1)" \
    "10. all of it took $((SECONDS - started)) s; scripts/demo.sh down removes it"
  if ! grep -q '"failed": 0' "$load_file"; then
    printf 'demo: requests were lost\nhint: the line above names how they failed\n' >&2
    exit 1
  fi
  rm -f "$load_file" "$load_file.stop"
}

case ${1:-} in
  "") main ;;
  down) down ;;
  *)
    echo "usage: $0 [down]" >&2
    exit 2
    ;;
esac
