#!/usr/bin/env bash
# What an operator would type for the same switch, without our tool: pull, tag, scale to two, wait until healthy,
# hand over in HAProxy, drain, stop, remove, curl. Usage: by_hand.sh PROJECT_DIRECTORY IMAGE (variables from .env).
set -euo pipefail
cd "$1"
image=$2
set -a
. ./.env
set +a

edge() { python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(sys.argv[2].encode() + b"\n")
data = b""
while part := s.recv(65536): data += part
print(data.decode(), end="")' .deploy/edge/admin.sock "$1"; }

address_of() { docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$1"; }
slot_of() { edge "show servers state app" | awk -v a="$1" '$5 == a { print $4 }'; }

old=$(docker ps -q --no-trunc --filter "label=com.docker.compose.project=$PROJECT" --filter label=com.docker.compose.service=app)
docker pull -q "$image" >/dev/null
docker tag "$(docker inspect -f '{{.Image}}' "$old")" "$IMAGE_REPOSITORY:backup"
old_slot=$(slot_of "$(address_of "$old")")
for slot in s1 s2 s3 s4; do [[ $slot == "$old_slot" ]] || edge "set server app/$slot state maint" >/dev/null; done
APP_IMAGE=$(docker inspect -f '{{.Id}}' "$image") RELEASE=by-hand docker compose -f docker-compose.prod.yml up -d \
  --no-deps --scale app=2 --no-recreate app >/dev/null 2>&1
new=$(docker ps -q --no-trunc --filter "label=com.docker.compose.project=$PROJECT" --filter label=com.docker.compose.service=app | grep -v "$old")
until [[ $(docker inspect -f '{{.State.Health.Status}}' "$new") == healthy ]]; do sleep 0.1; done
address=$(address_of "$new")
until slot=$(slot_of "$address") && [[ -n $slot ]]; do sleep 0.1; done
edge "set server app/$slot state ready" >/dev/null
until edge "show stat app 4 -1" | awk -F, -v s="$slot" '$2 == s && $18 == "UP" && $37 ~ /L7OK/ { found = 1 } END { exit !found }'; do sleep 0.1; done
edge "set server app/$old_slot state drain" >/dev/null
until [[ $(edge "show stat app 4 -1" | awk -F, -v s="$old_slot" '$2 == s { print $5 }') == 0 ]]; do sleep 0.1; done
edge "set server app/$old_slot state maint" >/dev/null
docker stop -t 10 "$old" >/dev/null
docker rm "$old" >/dev/null
docker tag "$image" "$IMAGE_REPOSITORY:latest"
curl -fsS "http://127.0.0.1:$EDGE_PORT/api/health" >/dev/null
