#!/usr/bin/env bash
# Runs sqlmap and wapiti over a running Hatcheck, on SQLite and on PostgreSQL, with the operations of its OpenAPI document and a
# key with every permission. First over vulnerable.py: the scan fails unless they find its holes, since their silence about
# Hatcheck would then prove nothing. Takes about ten minutes, so ./test leaves it out. Blind spots: docs/operations/scans.md.
#   tests/scan/run.sh [sqlite|postgres, default both]
# Needs sqlmap, wapiti, PostgreSQL, node and python3 (apt: sqlmap wapiti postgresql).
# HATCHECK_DLL names a published build; without it one is published first.
# Results: artifacts/scan/report.md, with all other output beside it. Everything listens on loopback.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=bench/common.sh
. bench/common.sh
engines=${1:-sqlite postgres}
for tool in sqlmap wapiti; do
  command -v "$tool" >/dev/null || { echo "tests/scan/run.sh needs $tool: apt-get install $tool" >&2; exit 1; }
done
need_postgres tests/scan/run.sh
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
out=artifacts/scan
rm -rf "$out"
mkdir -p "$out"
report=$out/report.md
work=$(mktemp -d) pg_port=''
chmod 755 "$work"
export HOME="$work"
pids=()
trap stop_all EXIT
faults=0
say() { echo "$*" | tee -a "$report"; }
wrong() { faults=$((faults + 1)); say "- **WRONG**: $*"; }

dll=${HATCHECK_DLL:-$work/hatcheck/hatcheck.dll}
[ -f "$dll" ] || publish src/Hatcheck "$work/hatcheck"

inject() { # FOLDER of request files, DATABASE, LOG: prints a line "name: verdict" for each
  local file name log
  for file in "$1"/*.txt; do
    name=$(basename "$file" .txt)
    log=$3/sqlmap-$name.log
    # The database is stated, so that sqlmap does not probe for it. Findings are reported and not exploited.
    sqlmap -r "$file" --batch --ignore-stdin --disable-coloring --flush-session --level 2 --risk 2 --technique BEUST \
      --time-sec 2 --dbms "$2" --threads 4 --ignore-code 401,404,410 --output-dir "$work/sqlmap" >"$log" 2>&1 || true
    if grep -q 'identified the following injection point' "$log"; then echo "$name: INJECTABLE"
    elif grep -q 'all tested parameters do not appear to be injectable' "$log"; then echo "$name: none"
    else echo "$name: NOT TESTED"; fi
  done
}

crawl() { # ADDRESS KEY URLS LOG: writes LOG.json
  local url starts=()
  while read -r url; do starts+=(-s "$url"); done <"$3"
  wapiti -u "$1/" "${starts[@]}" -H "Authorization: Bearer $2" --scope domain -d 2 --flush-session \
    --store-session "$work/wapiti" --no-bugreport \
    -m backup,blindsql,cookieflags,crlf,exec,file,htaccess,methods,redirect,shellshock,sql,xss,permanentxss \
    -f json -o "$4.json" >"$4.log" 2>&1 || true
  # A module that fails goes silent, and the others continue.
  [ -s "$4.json" ] && ! grep -q '^  File "' "$4.log"
}

found() { # REPORT.json: prints the kinds of wapiti's findings, one a line
  node -e '
    const r = JSON.parse(require("fs").readFileSync(process.argv[1]));
    for (const [kind, hits] of Object.entries({ ...r.vulnerabilities, ...r.anomalies }))
      if (hits.length) console.log(`${kind} (${hits.length})`)' "$1"
}

listening() { until curl -s -o /dev/null "$1"; do kill -0 "$2" || { cat "$3" >&2; exit 1; }; sleep 0.2; done; }

say "# Scan of $(date -u '+%F %H:%M') UTC"
say
say "sqlmap $(sqlmap --version 2>/dev/null | grep -o '^[0-9][^ #]*' | head -1)," \
  "wapiti $(wapiti --version 2>&1 | grep -o '[0-9][0-9.]*$' | tail -1), commit $(git rev-parse --short HEAD)"

say
say "## Positive control (tests/scan/vulnerable.py)"
control="http://127.0.0.1:$(free_port)"
mkdir -p "$out/control"
/usr/bin/python3 tests/scan/vulnerable.py "${control##*:}" control-key 2>"$out/control/server.log" &
pids+=("$!")
listening "$control/" "$!" /dev/null
/usr/bin/python3 tests/scan/controls.py "$control" control-key "$work/controls"
while read -r line; do
  case $line in *INJECTABLE) say "- sqlmap, ${line%%:*}: found" ;; *) wrong "sqlmap misses the hole in the ${line%%:*}" ;; esac
done < <(inject "$work/controls" SQLite "$out/control")
printf '%s\n' "$control/greeting?name=Ada" "$control/file?name=a" "$control/lookup?host=a" "$control/go?url=/users" \
  "$control/users?limit=1" >"$work/controls/urls"
crawl "$control" control-key "$work/controls/urls" "$out/control/wapiti" ||
  wrong "wapiti did not finish, or a module of it failed"
for kind in 'SQL Injection' 'Cross Site Scripting' 'Path Traversal' 'Command execution' 'Open Redirect'; do
  if found "$out/control/wapiti.json" | grep -qi "^$kind"; then say "- wapiti, $kind: found"; else wrong "wapiti misses $kind"; fi
done

scan() { # sqlite|postgres
  local address key user identity victim member database=SQLite body
  say
  say "## Hatcheck on $1"
  export Data__Folder="$work/$1"
  # One address and one key make all requests.
  export Limits__CallerPermits=0 Limits__UserPermits=0 Limits__AddressPermits=0 Limits__FreeFailures=1000
  mkdir -p "$work/$1" "$out/$1"
  if [ "$1" = postgres ]; then
    database=PostgreSQL
    start_postgres
    use_postgres
    dotnet "$dll" migrate >/dev/null
    dotnet "$dll" tenants add default >/dev/null
  fi
  address="http://127.0.0.1:$(free_port)"
  Urls=$address dotnet "$dll" serve >"$out/$1/hatcheck.log" 2>&1 &
  local server=$!
  pids+=("$server")
  until curl -fs -o /dev/null "$address/health/ready"; do
    kill -0 "$server" || { cat "$out/$1/hatcheck.log" >&2; exit 1; }
    sleep 0.2
  done
  # With every permission, so that no request ends at a 403.
  mapfile -t scopes < <(node -e '
    for (const path of Object.values(require("./docs/reference/openapi.json").paths))
      for (const one of Object.values(path)) {
        const needed = /lacks the permission `([^`]+)`/.exec(one.responses?.["403"]?.description ?? "");
        if (needed) console.log(needed[1]);
      }' | grep -v tenant:read | sort -u)
  key=$(dotnet "$dll" apikeys add default --name scan --scopes "${scopes[@]}" | tail -1)
  call() { curl -fsS -X "$1" -H "Authorization: Bearer $key" -H 'Content-Type: application/json' "$address$2" ${3:+-d "$3"}; }
  field() { node -e 'console.log(JSON.parse(require("fs").readFileSync(0))[process.argv[1]])' "$1"; }
  user=$(call POST /users '{"email":"grace@example.org","first_name":"Grace"}' | field id)
  identity=$(call POST "/users/$user/identities" '{"channel":"telegram","id":"4711"}' | field id)
  call PATCH "/users/$user/preferences" '{"interface":{"theme":"dark"}}' >/dev/null
  call POST "/users/$user/usage" '{"action":"scan"}' >/dev/null
  victim=$(call POST /api-keys '{"name":"victim","permissions":["users:read"]}' | field id)
  call POST /roles '{"name":"scanned","permissions":["users:read"]}' >/dev/null
  member=$(call POST /members '{"display_name":"Scanned","issuer":"staff","subject":"scan","roles":["support"]}' | field id)
  body=$(printf '{"id":"%s","identityId":"%s","keyId":"%s","role":"scanned","memberId":"%s","hash":"%064d"}' \
    "$user" "$identity" "$victim" "$member" 0)
  /usr/bin/python3 tests/scan/requests.py docs/reference/openapi.json "$address" "$key" "$body" "$work/$1-requests"
  crawl "$address" "$key" "$work/$1-requests/urls" "$out/$1/wapiti" || wrong "wapiti did not finish, or a module of it failed"
  inject "$work/$1-requests" "$database" "$out/$1" >"$out/$1/sqlmap"
  say "- sqlmap: $(wc -l <"$out/$1/sqlmap") requests," \
    "$(cat "$out/$1"/sqlmap-*.log | grep -c 'does not seem to be injectable') inputs, none injectable unless listed below"
  while read -r line; do case $line in *INJECTABLE | *TESTED) wrong "sqlmap, $line" ;; esac; done <"$out/$1/sqlmap"
  if grep -l '50[0-9] (' "$out/$1"/sqlmap-*.log; then wrong "answers of 500 and above; see the logs named above"; fi
  say "- wapiti: $(wc -l <"$work/$1-requests/urls") addresses"
  while read -r line; do wrong "wapiti, $line"; done < <(found "$out/$1/wapiti.json")
  if grep -q 'A request failed' "$out/$1/hatcheck.log"; then wrong "the server's log reports faults"; fi
  curl -fs -o /dev/null "$address/health/ready" || wrong "the server is no longer ready"
  kill -TERM "$server"
  wait "$server" || true
}

for engine in $engines; do scan "$engine"; done
say
if [ "$faults" = 0 ]; then say "Nothing found, and every planted hole was."; else say "$faults to look at."; fi
[ "$faults" = 0 ]
