# shellcheck shell=bash disable=SC2154
# Shared by the load benchmarks: free ports, CPU of processes, a PostgreSQL of their own. Sourced, never run;
# `work` is the caller's scratch folder.

need_load_tools() { # NAME of the script
  command -v wrk >/dev/null || { echo "$1 needs wrk: apt-get install wrk" >&2; exit 1; }
  need_postgres "$1"
}

need_postgres() { # NAME of the script
  pg_bin=$(dirname "$(find /usr/lib/postgresql -name initdb 2>/dev/null | sort -V | tail -1)")
  [ -x "$pg_bin/initdb" ] || { echo "$1 needs PostgreSQL's binaries: apt-get install postgresql" >&2; exit 1; }
}

as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

free_port() {
  node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'
}

# CPU milliseconds of a process and all its descendants, ended ones included.
cpu_ms() { # PID
  # Processes may end during the read.
  { cat /proc/[0-9]*/stat 2>/dev/null || true; } | awk -v root="$1" -v hz="$(getconf CLK_TCK)" '
    { pid = $1; sub(/^.*\) /, ""); parent[pid] = $2; ticks[pid] = $12 + $13 + $14 + $15 }
    END {
      for (one in parent) { up = one; while (up != root && up in parent) up = parent[up]; if (up == root) sum += ticks[one] }
      print sum * 1000 / hz
    }'
}

publish() { # PROJECT FOLDER: as releases are built, ReadyToRun included
  dotnet publish -c Release -v quiet -p:NuGetLockFilePath=obj/bench.lock.json \
    -r "linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')" \
    --self-contained false -p:PublishReadyToRun=true "$1" -o "$2" >/dev/null
}

start_postgres() { # FURTHER SETTINGS: sets pg_port; creates the database hatcheck with its roles
  install -d -m 700 "$work/pg"
  [ "$(id -u)" != 0 ] || chown postgres "$work/pg"
  pg_port=$(free_port)
  as_postgres "$pg_bin/initdb" -D "$work/pg" -A trust -U postgres >/dev/null
  as_postgres "$pg_bin/pg_ctl" -D "$work/pg" -w -l "$work/pg/log" start >/dev/null \
    -o "-p $pg_port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$work/pg -c shared_buffers=256MB $*"
  make_database hatcheck
  for role in owner app maintenance; do psql -c "alter role hatcheck_$role login"; done
}

make_database() { psql -c "create database $1" && psql -d "$1" < deploy/postgres/roles.sql >/dev/null; }

psql() { as_postgres "$pg_bin/psql" -qAt -h 127.0.0.1 -p "$pg_port" -U postgres "$@"; }

use_postgres() { # [DATABASE]: Hatcheck uses it from here on
  local server="Host=127.0.0.1;Port=$pg_port;Database=${1:-hatcheck}"
  export Database__Provider=postgres
  export Database__ConnectionString="$server;Username=hatcheck_app"
  export Database__MaintenanceConnectionString="$server;Username=hatcheck_maintenance"
  export Database__OwnerConnectionString="$server;Username=hatcheck_owner"
}

stop_all() { # the processes in `pids`, the database, the scratch folder
  for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  if [ -d "$work/pg" ]; then as_postgres "$pg_bin/pg_ctl" -D "$work/pg" -m immediate stop >/dev/null 2>&1 || true; fi
  rm -rf "$work"
}
