#!/usr/bin/env bash
# `hatcheck ids fill` on a table as Django creates it: rows per second by the clock and per core of the tool's own CPU, and its
# peak memory, at two sizes (memory must not grow with the table). In the same run: fsyncs of the disk, and a bare UPDATE of
# the same rows.
# Needs PostgreSQL's server binaries, GNU time and python3 (apt: postgresql time python3).
# HATCHECK_DLL names a published hatcheck.dll; without it one is published first.
#   bench/ids.sh [ROWS, default 1000000] [FEWER ROWS, default 100000] [further arguments of fill, e.g. --batch 10000]
set -euo pipefail
cd "$(dirname "$0")/.."
rows=${1:-1000000}
fewer=${2:-100000}
shift $(($# < 2 ? $# : 2))
export LC_ALL=C
pg_bin=$(dirname "$(find /usr/lib/postgresql -name initdb 2>/dev/null | sort -V | tail -1)")
[ -x "$pg_bin/initdb" ] || { echo "bench/ids.sh needs PostgreSQL's binaries: apt-get install postgresql" >&2; exit 1; }
[ -x /usr/bin/time ] || { echo "bench/ids.sh needs GNU time: apt-get install time" >&2; exit 1; }
work=$(mktemp -d)
chmod 755 "$work"
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
stop() {
  [ ! -d "$work/pg" ] || as_postgres "$pg_bin/pg_ctl" -D "$work/pg" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap stop EXIT

dll=${HATCHECK_DLL:-$work/hatcheck/hatcheck.dll}
[ -f "$dll" ] || dotnet publish src/Hatcheck -c Release -v quiet -p:NuGetLockFilePath=obj/bench.lock.json \
  -r "linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')" --self-contained false -p:PublishReadyToRun=true \
  -o "$work/hatcheck" >/dev/null

install -d -m 700 "$work/pg"
[ "$(id -u)" != 0 ] || chown postgres "$work/pg"
as_postgres "$pg_bin/initdb" -D "$work/pg" -A trust -U postgres >/dev/null
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
as_postgres "$pg_bin/pg_ctl" -D "$work/pg" -w -l "$work/pg/log" start >/dev/null \
  -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$work/pg -c shared_buffers=512MB -c max_wal_size=8GB"
export PGHOST=127.0.0.1 PGPORT=$port PGUSER=postgres PGDATABASE=postgres
sql() { "$pg_bin/psql" -qAt -v ON_ERROR_STOP=1 -c "$1"; }
hatcheck() { dotnet "$dll" "$@"; }
export HATCHECK_IDS_DATABASE="Host=127.0.0.1;Port=$port;Database=postgres;Username=postgres"
export TELEGRAM_ID_HMAC_KEY="a canary key of a benchmark"

table() { # NAME ROWS: as Django 3.2 creates it for BigIntegerField(unique=True), ids in no order
  sql "create table $1 (id bigserial primary key, telegram_user_id bigint not null unique,
    first_name varchar(64) not null, joined_at timestamptz not null)"
  sql "insert into $1 (telegram_user_id, first_name, joined_at)
    select 100000000 + (i * 2654435761) % 6000000011, 'person ' || i, now() from generate_series(1, $2) i"
  "$pg_bin/psql" -qc "vacuum analyze $1" -c checkpoint
}

control() { # fsyncs of 8 KB a second, on the file system of the database
  python3 - "$work" <<'PY'
import os, sys, time
fd = os.open(os.path.join(sys.argv[1], "fsync"), os.O_CREAT | os.O_WRONLY)
n, end = 0, time.monotonic() + 3
while time.monotonic() < end:
    os.pwrite(fd, b"x" * 8192, n % 1000 * 8192); os.fdatasync(fd); n += 1
print(f"fsync control: {n / 3:,.0f} of 8 KB a second")
PY
}

fill() { # TABLE ROWS, further arguments
  local name=$1 count=$2
  shift 2
  hatcheck ids expand --table "$name" --column telegram_user_id >/dev/null
  "$pg_bin/psql" -qc checkpoint
  /usr/bin/time -f '%e %U %S %M' -o "$work/time" \
    dotnet "$dll" ids fill --table "$name" --column telegram_user_id "$@" >"$work/fill.log" ||
    { cat "$work/fill.log" >&2; exit 1; }
  [ "$(sql "select count(*) from $name where telegram_user_id_hash is not null")" = "$count" ] ||
    { echo "not every row was filled" >&2; exit 1; }
  awk -v n="$count" '{
    printf "fill %d rows: %.1f s, %.0f rows/s by the clock, ", n, $1, n / $1
    printf "%.2f s of the tool'"'"'s CPU (%.2f user, %.2f system) = %.0f rows/s per core, peak %.0f MB\n",
      $2 + $3, $2, $3, n / ($2 + $3), $4 / 1024 }' "$work/time"
}

echo "$(date -u +%F) $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg)," \
  "PostgreSQL $(sql 'show server_version'), fsync $(sql 'show fsync')"
control
# The database's share: the same rows and column, a value of the same length, one statement.
table bare "$rows"
sql "alter table bare add telegram_user_id_hash varchar(64)"
"$pg_bin/psql" -qc checkpoint
before=$(date +%s%N)
sql "update bare set telegram_user_id_hash = encode(sha256(telegram_user_id::text::bytea), 'hex')"
awk -v n="$rows" -v ns="$(($(date +%s%N) - before))" 'BEGIN {
  printf "a bare UPDATE in one statement (unkeyed hash, in the database): %.1f s, %.0f rows/s\n", ns / 1e9, n / (ns / 1e9) }'
sql "drop table bare"
table small "$fewer"
fill small "$fewer" "$@"
table large "$rows"
fill large "$rows" "$@"
before=$(date +%s%N)
hatcheck ids verify --table large --column telegram_user_id >/dev/null
awk -v n="$rows" -v ns="$(($(date +%s%N) - before))" \
  'BEGIN { printf "verify, every row: %.1f s, %.0f rows/s\n", ns / 1e9, n / (ns / 1e9) }'
before=$(date +%s%N)
hatcheck ids contract --yes --table large --column telegram_user_id >/dev/null
awk -v n="$rows" -v ns="$(($(date +%s%N) - before))" 'BEGIN { printf "contract: %.1f s\n", ns / 1e9 }'
control
