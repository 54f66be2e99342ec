# shellcheck shell=bash
# What ./run and ./test share: steps with times, the tools they need, and the console's build.
# Sourced, never run.

logs=artifacts/logs
mkdir -p "$logs"
passed=0
failed=0

# `name` is printed at once, the outcome beside it; a pipe gets whole lines only, no colours.
if [ -t 1 ]; then red=$'\e[31m' green=$'\e[32m' dim=$'\e[2m' off=$'\e[0m'; else red='' green='' dim='' off=''; fi

# Without dotnet's and npm's own chatter.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 NO_UPDATE_NOTIFIER=1

say() { printf '%s\n' "$*"; }

die() {
  printf '%s%s%s\n' "$red" "$*" "$off" >&2
  exit 1
}

# attempt "what it does" log-name command...   runs quietly; a failure shows the end of the log (tail_of_log lines) and returns 1.
attempt() {
  local what=$1 log="$logs/$2.log" started=$SECONDS
  shift 2
  [ -t 1 ] && printf '%s… %s' "$dim" "$what$off"
  if "$@" >"$log" 2>&1; then
    [ -t 1 ] && printf '\r\e[K'
    printf '%s✓%s %s %s(%s s)%s\n' "$green" "$off" "$what" "$dim" "$((SECONDS - started))" "$off"
    return 0
  fi
  [ -t 1 ] && printf '\r\e[K'
  printf '%s✗ %s (%s s)%s, all of it in %s\n' "$red" "$what" "$((SECONDS - started))" "$off" "$log"
  tail -n "${tail_of_log:-40}" "$log" | sed 's/^/    /'
  return 1
}

# A gate counts as one test: the last line of ./test adds it in.
gate() {
  if attempt "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

is_debian() { [ -f /etc/debian_version ] && command -v apt-get >/dev/null; }

# need_package program package why   installs with apt where that is possible, else says what to do.
need_package() {
  command -v "$1" >/dev/null && return 0
  if is_debian && [ "$(id -u)" = 0 ]; then
    apt_install "$2"
  else
    die "$1 is missing ($3). Install it and run this again: sudo apt-get install -y $2"
  fi
}

apt_install() {
  if [ -z "${apt_updated:-}" ]; then attempt "apt-get update" apt-update apt-get update && apt_updated=yes; fi
  attempt "apt-get install $*" "apt-$1" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" ||
    die "apt could not install $*. Install it by hand and run this again."
}

need_dotnet() {
  local version
  version=$(dotnet --version 2>/dev/null) || version=none
  case $version in
  1[0-9].*) ;;
  *) die "The .NET SDK 10 is needed (found: $version). Install it and run this again:
    curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0
    export PATH=\"\$HOME/.dotnet:\$PATH\"" ;;
  esac
}

need_node() {
  local version
  version=$(node --version 2>/dev/null) || version=none
  case $version in
  v2[0-9].* | v[3-9][0-9].*) command -v npm >/dev/null && return 0 ;;
  esac
  die "Node.js 20 or newer with npm is needed (found: $version). Install it and run this again:
    https://nodejs.org/en/download  (Debian 13, Ubuntu 24.10 and newer: apt-get install -y nodejs npm)"
}

# hash_of path...   one hash over the names and contents of the files below, build products left out.
hash_of() {
  find "$@" -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/bin/*' -not -path '*/obj/*' -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1
}

# unchanged stamp-file hash   whether the last success had these inputs.
unchanged() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

# npm_packages folder   `npm ci`, skipped while the lock file is the one that was installed.
npm_packages() {
  local hash
  hash=$(sha256sum "$1/package-lock.json" | cut -d ' ' -f 1)
  unchanged "$1/node_modules/.stamp" "$hash" && return 0
  attempt "npm ci in $1" "npm-${1//\//-}" npm ci --prefix "$1" --no-audit --no-fund --ignore-scripts || return 1
  printf '%s' "$hash" >"$1/node_modules/.stamp"
}

build_console() {
  [ -f console/package.json ] || return 0
  local hash
  npm_packages console || return 1
  hash=$(hash_of console)
  unchanged console/dist/.stamp "$hash" && return 0
  attempt "build the console" console-build npm run build --prefix console || return 1
  printf '%s' "$hash" >console/dist/.stamp
}
