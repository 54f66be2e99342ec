#!/usr/bin/env bash
# The long form of the burst in tests/Hatcheck.Tests/Webhooks/BurstTests: 100 senders, 5 % repeats, nodes killed with SIGKILL
# at a printed seed or stopped for longer than their lease. The senders' ledger is the judge. On SQLite and on a PostgreSQL of
# its own with fsync on; an fsync control runs before and after.
# HATCHECK_BURST_SEED repeats an earlier run's choices; HATCHECK_BURST_KILLS=0 measures without kills, after a warm-up.
#   bench/webhooks.sh [DELIVERIES, default 100000] [SQLite | PostgreSQL, default both]
set -euo pipefail
cd "$(dirname "$0")/.."
deliveries=${1:-100000}
which=${2:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=bench/common.sh
. bench/common.sh

control() { # fsyncs of 8 KB a second, on the file system of the tests' temporary folders
  python3 - "$work" <<'PY'
import os, sys, time
fd = os.open(os.path.join(sys.argv[1], "fsync"), os.O_CREAT | os.O_WRONLY)
n, end = 0, time.monotonic() + 3
while time.monotonic() < end:
    os.pwrite(fd, b"x" * 8192, n % 1000 * 8192); os.fdatasync(fd); n += 1
print(f"fsync control: {n / 3:,.0f} of 8 KB a second, load {os.getloadavg()[0]:.1f}")
PY
}

dotnet build tests/Hatcheck.Tests -c Release -v quiet -clp:ErrorsOnly
if [ -z "${HATCHECK_DLL:-}" ]; then
  publish src/Hatcheck "$work/server"
  export HATCHECK_DLL=$work/server/hatcheck.dll
fi
echo "$(date -u +%F) $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg), $deliveries deliveries"
control
for database in ${which:-SQLite PostgreSQL}; do
  HATCHECK_BURST=$deliveries dotnet test tests/Hatcheck.Tests -c Release --no-build --logger "console;verbosity=detailed" \
    --filter "FullyQualifiedName~BurstTests.Of_a_burst&FullyQualifiedName~$database" |
    grep -E "^ *(seed|sqlite|postgres)|Passed|Failed|should|[Ee]xception"
  control
done
