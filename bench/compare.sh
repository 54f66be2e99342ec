#!/usr/bin/env bash
# GET /users/{id} and PATCH /users/{id}/preferences beside the same two operations in FastAPI, async SQLAlchemy and asyncpg
# (bench/peers/fastapi), on the same PostgreSQL with the same 10,000 users, and beside a bare Kestrel + Npgsql point read.
# They run one after the other in each round, so that the machine's other work falls on all alike. Hatcheck runs twice,
# with its rate limits and without. The main figure is the server's CPU per request; PostgreSQL's is separate.
#   bench/compare.sh [ROUNDS, default 5] [SECONDS per figure, default 6] [USERS, default 10000]
# Needs wrk, node, PostgreSQL and Debian's Python packages:
#   apt-get install wrk postgresql python3-fastapi uvicorn python3-sqlalchemy python3-sqlalchemy-ext python3-greenlet \
#     python3-asyncpg python3-uvloop python3-httptools
# HATCHECK_DLL and BARE_DLL name published builds; without them they are published first.
# PEER_PYTHON: another Python (default /usr/bin/python3).
# EARLIER_DLL: a published build of an earlier release, measured in the same rounds on a database of its own, then started
# and left idle beside this one.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=bench/common.sh
. bench/common.sh
rounds=${1:-5}
seconds=${2:-6}
users=${3:-10000}
connections=16
python=${PEER_PYTHON:-/usr/bin/python3}
need_load_tools bench/compare.sh
"$python" -c 'import fastapi, sqlalchemy, asyncpg, uvicorn, uvloop, httptools' ||
  { echo "bench/compare.sh needs the peer's packages; see its head" >&2; exit 1; }
limits() { export Limits__CallerPermits=$1 Limits__UserPermits=$1 Limits__AddressPermits=$1; }
export LC_ALL=C
work=$(mktemp -d) pg_port=''
chmod 755 "$work"
pids=()
trap stop_all EXIT

dll=${HATCHECK_DLL:-$work/hatcheck/hatcheck.dll}
[ -f "$dll" ] || publish src/Hatcheck "$work/hatcheck"
bare_dll=${BARE_DLL:-$work/bare/Hatcheck.Load.dll}
[ -f "$bare_dll" ] || publish bench/Load "$work/bare"

start_postgres -c max_connections=200 -c max_wal_size=4GB
database=$(head -1 "$work/pg/postmaster.pid")
use_postgres
export Data__Folder="$work/data"
install_with() { # DLL: sets key
  mkdir -p "$Data__Folder"
  dotnet "$1" migrate >/dev/null
  dotnet "$1" tenants add default >/dev/null
  key=$(dotnet "$1" apikeys add default --name bench | tail -1)
}
if [ -n "${EARLIER_DLL:-}" ]; then
  make_database earlier && use_postgres earlier
  Data__Folder="$work/data-earlier" install_with "$EARLIER_DLL"
  earlier_key=$key
  use_postgres
fi
install_with "$dll"

listening() { until curl -s -o /dev/null "$1"; do kill -0 "$2" || { cat "$3" >&2; exit 1; }; sleep 0.1; done; }

serve() { # NAME [DLL]: sets pid and address
  address="http://127.0.0.1:$(free_port)"
  Urls=$address dotnet "${2:-$dll}" serve >"$work/$1.log" 2>&1 &
  pid=$!
  pids+=("$pid")
  listening "$address/health/ready" "$pid" "$work/$1.log"
}
# Limits are on, but out of reach, since one key and one address make all requests. A node without limits shows their cost.
limits 10000000
serve hatcheck
hatcheck=$pid ours=$address
limits 0
serve unlimited
unlimited=$pid free=$address

make_people() { # ADDRESS KEY NAME: writes the users from the answers, and their ids
  KEY=$2 ADDRESS=$1 USERS=$users node bench/peers/people.mjs >"$work/$3.jsonl"
  node -e 'for (const line of require("fs").readFileSync(0, "utf8").trim().split("\n")) console.log(JSON.parse(line).id)' \
    <"$work/$3.jsonl" >"$work/$3.ids"
}
make_people "$ours" "$key" users
if [ -n "${EARLIER_DLL:-}" ]; then
  use_postgres earlier
  limits 10000000
  Data__Folder="$work/data-earlier" serve earlier "$EARLIER_DLL"
  earlier=$pid earliers=$address
  make_people "$earliers" "$earlier_key" earlier
  use_postgres
fi

psql -c 'create database peer'
export PEER_DATABASE_URL="postgresql+asyncpg://postgres@127.0.0.1:$pg_port/peer" PYTHONDONTWRITEBYTECODE=1
(cd bench/peers/fastapi && "$python" prepare.py "$work/users.jsonl" "$key")
peers="http://127.0.0.1:$(free_port)"
# One worker per core, as in a deployment.
(cd bench/peers/fastapi && exec "$python" -m uvicorn user_service.main:app --host 127.0.0.1 --port "${peers##*:}" \
  --workers "$(nproc)" --loop uvloop --http httptools --no-access-log --log-level warning) >"$work/peer.log" 2>&1 &
peer=$!
pids+=("$peer")
listening "$peers/health" "$peer" "$work/peer.log"

bares="http://127.0.0.1:$(free_port)"
bare_database="Host=127.0.0.1;Port=$pg_port;Database=hatcheck;Username=postgres"
dotnet "$bare_dll" "$bares" "$bare_database;Max Auto Prepare=10;Auto Prepare Min Usages=2" >/dev/null &
bare=$!
pids+=("$bare")
listening "$bares" "$bare" "$work/hatcheck.log"
tenant=$(psql -d hatcheck -c 'select tenant_id from tenants limit 1')
psql -d hatcheck -c 'vacuum analyze'
psql -d peer -c 'vacuum analyze'

script() { # NAME LUA [KEY] [IDS]: a request for a random user each time
  cat >"$work/$1.lua" <<LUA
local ids = {}
for line in io.lines("$work/${4:-users}.ids") do ids[#ids + 1] = line end
math.randomseed(${RANDOM}1)
local headers = { ["Authorization"] = "Bearer ${3:-$key}", ["Content-Type"] = "application/json" }
local function one() return ids[math.random(1, #ids)] end
request = function() $2 end
LUA
}
get='return wrk.format("GET", "/users/" .. one(), headers)'
script get "$get"
script bare "return wrk.format('GET', '/bare/$tenant/' .. one())"
# Another value each time, since a repeated one changes nothing.
patch='return wrk.format("PATCH", "/users/" .. one() .. "/preferences", headers,
  "{\"interface\":{\"theme\":\"dark\",\"text_scale\":" .. math.random(50, 300) ..
  "},\"locale\":{\"time_zone\":\"Europe/Vienna\"}}")'
script patch "$patch"
if [ -n "${EARLIER_DLL:-}" ]; then
  script get-earlier "$get" "$earlier_key" earlier
  script patch-earlier "$patch" "$earlier_key" earlier
  psql -d earlier -c 'vacuum analyze'
fi

fire() { # ADDRESS SCRIPT SECONDS
  wrk -t1 -c$connections --timeout 20s -d"${3}s" -s "$work/$2.lua" "$1" >"$work/wrk.out"
  if grep -q 'Non-2xx\|Socket errors' "$work/wrk.out"; then
    cat "$work/wrk.out" "$work"/{hatcheck,unlimited,peer}.log >&2
    exit 1
  fi
}

load() { # NAME PID ADDRESS WHAT [SCRIPT]: a line of figures
  local server store total
  fire "$3" "${5:-$4}" 1
  server=$(cpu_ms "$2") store=$(cpu_ms "$database")
  fire "$3" "${5:-$4}" "$seconds"
  total=$(awk '/requests in/{print $1}' "$work/wrk.out")
  printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$4" "$(awk '/Requests\/sec/{print $2}' "$work/wrk.out")" \
    "$(awk -v a="$server" -v b="$(cpu_ms "$2")" -v n="$total" 'BEGIN{print (b-a)*1000/n}')" \
    "$(awk -v a="$store" -v b="$(cpu_ms "$database")" -v n="$total" 'BEGIN{print (b-a)*1000/n}')" | tee -a "$work/figures"
}

echo "$(date -u '+%F %H:%M') UTC, $(nproc) cores, load $(cut -d' ' -f1-3 /proc/loadavg), $rounds rounds of $seconds s a figure," \
  "$users users, $connections connections, wrk and PostgreSQL on the same machine"
"$python" -c '
import sys, fastapi, uvicorn, sqlalchemy, asyncpg, pydantic
print("Python", sys.version.split()[0], "FastAPI", fastapi.__version__, "uvicorn", uvicorn.__version__,
      "SQLAlchemy", sqlalchemy.__version__, "asyncpg", asyncpg.__version__,
      "pydantic", pydantic.VERSION, "compiled" if pydantic.compiled else "not compiled")'
# Excludes compilation, preparation and first use from the figures, and the first preferences of each user.
for warm in "$ours get" "$peers get" "$free get" "$ours patch" "$peers patch" "$free patch" "$bares bare" \
  ${EARLIER_DLL:+"$earliers get-earlier" "$earliers patch-earlier"}; do
  read -r address what <<<"$warm"
  fire "$address" "$what" "${WARM:-25}"
done
printf 'server\twhat\trequests/s\tus CPU\tus CPU of PostgreSQL\n'
for ((round = 1; round <= rounds; round++)); do
  load peer "$peer" "$peers" get
  load hatcheck "$hatcheck" "$ours" get
  [ -z "${EARLIER_DLL:-}" ] || load earlier "$earlier" "$earliers" get get-earlier
  load unlimited "$unlimited" "$free" get
  load bare "$bare" "$bares" bare
  load peer "$peer" "$peers" patch
  load hatcheck "$hatcheck" "$ours" patch
  [ -z "${EARLIER_DLL:-}" ] || load earlier "$earlier" "$earliers" patch patch-earlier
  load unlimited "$unlimited" "$free" patch
done
echo "load at the end $(cut -d' ' -f1-3 /proc/loadavg)"
node bench/peers/medians.mjs "$work/figures"
[ -n "${EARLIER_DLL:-}" ] || exit 0

start() { # NAME DLL: milliseconds until the first answer, resident memory 20 s later
  local begun
  begun=$(date +%s%N)
  serve "$1-again" "$2"
  begun=$((($(date +%s%N) - begun) / 1000000))
  sleep 20
  echo "$1 answered ${begun} ms after its start, idle with $(awk '/VmRSS/{print int($2/1024)}' "/proc/$pid/status") MB"
  kill -TERM "$pid" && wait "$pid" || true
}
kill -TERM "$hatcheck" "$unlimited" "$earlier" "$peer" "$bare"
for ((round = 1; round <= rounds; round++)); do
  use_postgres earlier
  Data__Folder="$work/data-earlier" start earlier "$EARLIER_DLL"
  use_postgres
  start hatcheck "$dll"
done
