#!/usr/bin/env bash
# The burst of tests/Hatcheck.Server.Tests/Webhooks/BurstTests in its long form: 100 senders, 5 % repeats, nodes ended by SIGKILL at a printed
# seed, judged by the senders' ledger; on SQLite and on a PostgreSQL of its own that really writes. An fsync control stands before and after.
#   bench/webhooks.sh [DELIVERIES, default 100000]
set -euo pipefail
cd "$(dirname "$0")/.."
deliveries=${1:-100000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Writes of 4 KiB, each forced to the disk on which the tests' temporary folders lie.
control() {
  local begin end
  begin=$(date +%s%N)
  dd if=/dev/zero of="$work/control" bs=4096 count=1000 oflag=dsync status=none
  end=$(date +%s%N)
  awk -v ns=$((end - begin)) 'BEGIN{printf "control: %.0f synchronous writes of 4 KiB a second\n", 1000 / (ns / 1e9)}'
}

dotnet build tests/Hatcheck.Server.Tests -c Release -v quiet -clp:ErrorsOnly
echo "$(date -u +%F) $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg), $deliveries deliveries"
control
HATCHECK_BURST=$deliveries dotnet test tests/Hatcheck.Server.Tests -c Release --no-build --filter "FullyQualifiedName~BurstTests.Of_a_burst" --logger "console;verbosity=detailed" |
  grep -E "^ *(seed|sqlite|postgres)|Passed|Failed|should" | sort -u
control
