#!/usr/bin/env bash
# Measures how long a session ended on one node still opens another: two real nodes on one PostgreSQL, N revocations on the
# first while two clients call the second without pause. Also the cost of a request with an own token beside an API key.
# Needs python3, and for the cost wrk (apt: wrk postgresql).
#   bench/revocation.sh [REVOCATIONS, default 200] [SECONDS of load, default 10; 0: none]
set -euo pipefail
cd "$(dirname "$0")/.."
revocations=${1:-200}
seconds=${2:-10}
export Limits__CallerPermits=0 Limits__UserPermits=0 Limits__AddressPermits=0
pg_bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | tail -1)")
[ -x "$pg_bin/initdb" ] || { echo "bench/revocation.sh needs PostgreSQL's binaries: apt-get install postgresql" >&2; exit 1; }
work=$(mktemp -d)
chmod 755 "$work"
pids=()
stop() {
  for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  [ -d "$work/pg" ] && as_postgres "$pg_bin/pg_ctl" -D "$work/pg" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap stop EXIT
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
cpu_ms() { awk -v hz="$(getconf CLK_TCK)" '{print ($14+$15)*1000/hz}' "/proc/$1/stat"; }

# HATCHECK_DLL names a published server.
if [ -z "${HATCHECK_DLL:-}" ]; then
  dotnet publish -c Release -v quiet -p:NuGetLockFilePath=obj/bench.lock.json src/Hatcheck -o "$work/hatcheck" >/dev/null
  HATCHECK_DLL=$work/hatcheck/hatcheck.dll
fi

install -d -m 700 "$work/pg"
[ "$(id -u)" != 0 ] || chown postgres "$work/pg"
pg_port=$(free_port)
as_postgres "$pg_bin/initdb" -D "$work/pg" -A trust -U postgres >/dev/null
as_postgres "$pg_bin/pg_ctl" -D "$work/pg" -w -l "$work/pg/log" start >/dev/null \
  -o "-p $pg_port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$work/pg"
psql() { as_postgres "$pg_bin/psql" -qAt -h 127.0.0.1 -p "$pg_port" -U postgres "$@"; }
psql -c 'create database hatcheck' && psql -d hatcheck < deploy/postgres/roles.sql >/dev/null
for role in owner app maintenance; do psql -c "alter role hatcheck_$role login"; done
export Database__Provider=postgres Data__Folder=$work/data
for role in Owner:owner Maintenance:maintenance :app; do
  export "Database__${role%%:*}ConnectionString=Host=127.0.0.1;Port=$pg_port;Database=hatcheck;Username=hatcheck_${role##*:}"
done
mkdir -p "$work/data"
hatcheck() { dotnet "$HATCHECK_DLL" "$@"; }
hatcheck migrate >/dev/null
addresses=()
for node in 1 2; do
  address="http://127.0.0.1:$(free_port)"
  # Not through the function above: `kill` would then stop its subshell.
  Urls=$address dotnet "$HATCHECK_DLL" serve >"$work/node$node.log" 2>&1 &
  pids+=($!)
  until curl -fs "$address/health/ready" >/dev/null 2>&1; do
    kill -0 "${pids[-1]}" || { cat "$work/node$node.log" >&2; exit 1; }
    sleep 0.05
  done
  addresses+=("$address")
done
tenant=$(hatcheck tenants add bench)
key=$(hatcheck apikeys add "$tenant" --name bench)

echo "$(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg); $revocations revocations"
python3 bench/revocation.py "$revocations" "$key" "${addresses[@]}" | tee "$work/out"
token=$(sed -n 's/^token //p' "$work/out")
[ "$seconds" != 0 ] && command -v wrk >/dev/null || exit 0
for kind in "API key:$key" "own token:$token"; do
  wrk -t1 -c16 -d2s -H "Authorization: Bearer ${kind##*:}" "${addresses[1]}/me" >/dev/null
  before=$(cpu_ms "${pids[1]}")
  wrk -t1 -c16 -d"${seconds}s" -H "Authorization: Bearer ${kind##*:}" "${addresses[1]}/me" >"$work/wrk"
  total=$(sed -n 's/^ *\([0-9]*\) requests in.*/\1/p' "$work/wrk")
  printf 'GET /me, %-9s %8.0f requests/s, %4.0f µs of server CPU each%s\n' \
    "${kind%%:*}" "$(sed -n 's/^Requests\/sec: *//p' "$work/wrk")" \
    "$(echo "($(cpu_ms "${pids[1]}") - $before) * 1000 / $total" | bc -l)" \
    "$(sed -n 's/^ *Non-2xx.*: */, refused /p' "$work/wrk")"
done
