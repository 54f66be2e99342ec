#!/usr/bin/env bash
# Requests per second and server CPU per request of resolve and look-ups, on SQLite and on PostgreSQL, beside a bare
# Kestrel + Npgsql point read in the same run; idle memory and cold start.
# Needs wrk, node and PostgreSQL's server binaries (apt: wrk postgresql).
#   bench/load.sh [SECONDS per figure, default 10] [USERS, default 10000]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-10}
users=${2:-10000}
connections=16
# One key, one address and one user make all requests: limits are on, but out of reach. LIMITS=0 switches them off.
limits=${LIMITS:-10000000}
export Limits__CallerPermits=$limits Limits__UserPermits=$limits Limits__AddressPermits=$limits
# shellcheck source=bench/common.sh
. bench/common.sh
need_load_tools bench/load.sh
work=$(mktemp -d) pg_port=''
chmod 755 "$work"
pids=()
trap stop_all EXIT

publish src/Hatcheck "$work/hatcheck"
publish bench/Load "$work/bare"
start_postgres

serve() { # NAME: starts serve with the environment set; sets pid, address
  address="http://127.0.0.1:$(free_port)"
  mkdir -p "$work/$1"
  local begin
  begin=$(date +%s%3N)
  Urls=$address Data__Folder="$work/$1" dotnet "$work/hatcheck/hatcheck.dll" serve >"$work/$1.log" 2>&1 &
  pid=$!
  pids+=("$pid")
  until curl -fs "$address/health/ready" >/dev/null 2>&1; do
    kill -0 "$pid" || { cat "$work/$1.log" >&2; exit 1; }
    sleep 0.01
  done
  started=$(($(date +%s%3N) - begin))
}

load() { # LABEL PID URL LUA
  wrk -t1 -c$connections -d2s -s "$4" "$3" >/dev/null
  local before after total
  before=$(cpu_ms "$2")
  wrk -t1 -c$connections -d"${seconds}s" -s "$4" "$3" >"$work/wrk.out"
  after=$(cpu_ms "$2")
  total=$(awk '/requests in/{print $1}' "$work/wrk.out")
  grep -q 'Non-2xx' "$work/wrk.out" && { cat "$work/wrk.out" >&2; exit 1; }
  awk -v l="$1" -v n="$total" -v s="$seconds" -v c="$before" -v d="$after" \
    'BEGIN{printf "%-34s %9.0f requests/s %8.0f us server CPU per request\n", l, n/s, (d-c)*1000/n}'
}

measure() { # NAME
  serve "$1"
  kill -TERM "$pid"; wait "$pid" || true
  serve "$1"
  sleep 2
  printf '%-34s %9s ms to the first answer (second start), %s MB idle\n' \
    "$1" "$started" "$(awk '/VmRSS/{printf "%.0f", $2/1024}' "/proc/$pid/status")"
  local key tenant
  [ "$1" = sqlite ] || Data__Folder="$work/$1" dotnet "$work/hatcheck/hatcheck.dll" tenants add default >/dev/null
  key=$(Data__Folder="$work/$1" dotnet "$work/hatcheck/hatcheck.dll" apikeys add default --name bench | tail -1)
  cat >"$work/resolve.lua" <<LUA
wrk.method = "POST"
wrk.headers["Authorization"] = "Bearer $key"
wrk.headers["Content-Type"] = "application/json"
math.randomseed(7)
request = function()
  return wrk.format(nil, "/users/resolve", nil, '{"channel":"telegram","id":"' .. math.random(1, $users) .. '"}')
end
LUA
  # Fills the table: resolves every id once.
  KEY=$key ADDRESS=$address USERS=$users node -e '
    const http = require("http"), agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
    const { KEY, ADDRESS, USERS } = process.env; let next = 1, left = +USERS, one = "";
    const go = () => { if (next > +USERS) return; const id = String(next++);
      const headers = { authorization: "Bearer " + KEY, "content-type": "application/json" };
      const r = http.request(ADDRESS + "/users/resolve", { method: "POST", agent, headers }, a => {
        let t = ""; a.on("data", d => t += d).on("end", () => {
          if (a.statusCode !== 200) { console.error(t); process.exit(1); }
          one = JSON.parse(t).id;
          if (--left === 0) { console.log(one); agent.destroy(); } else go(); }); });
      r.end(JSON.stringify({ channel: "telegram", id })); };
    for (let i = 0; i < 16; i++) go();' >"$work/one"
  printf 'wrk.headers["Authorization"] = "Bearer %s"\n' "$key" >"$work/get.lua"
  load "$1: POST /users/resolve (known)" "$pid" "$address" "$work/resolve.lua"
  load "$1: GET /users/{id}" "$pid" "$address/users/$(cat "$work/one")" "$work/get.lua"
  printf '%-34s %9s MB after the load\n' "$1" "$(awk '/VmRSS/{printf "%.0f", $2/1024}' "/proc/$pid/status")"
}

echo "$(date -u +%F) $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg), $seconds s a figure," \
  "$users users, $connections connections, wrk on the same machine"
measure sqlite
use_postgres
dotnet "$work/hatcheck/hatcheck.dll" migrate >/dev/null
measure postgres
bare="http://127.0.0.1:$(free_port)"
bare_database="Host=127.0.0.1;Port=$pg_port;Database=hatcheck;Username=postgres"
dotnet "$work/bare/Hatcheck.Load.dll" "$bare" "$bare_database;Max Auto Prepare=10;Auto Prepare Min Usages=2" >/dev/null &
bare_pid=$!
pids+=("$bare_pid")
until curl -s "$bare/" >/dev/null; do sleep 0.05; done
tenant=$(psql -d hatcheck -c 'select tenant_id from tenants limit 1')
echo >"$work/none.lua"
load "bare Kestrel + Npgsql point read" "$bare_pid" "$bare/bare/$tenant/$(cat "$work/one")" "$work/none.lua"
