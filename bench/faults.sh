#!/usr/bin/env bash
# The tests of faults in their long form: as many rounds of kills, cuts and restarts each as asked, at seeds that they print.
#   bench/faults.sh [ROUNDS, default 50] [NAME, default all]
set -euo pipefail
cd "$(dirname "$0")/.."
export HATCHECK_TEST_FAULT_ROUNDS=${1:-50}
name=${2:-}
tests_of_faults='FullyQualifiedName~KilledNode|FullyQualifiedName~KilledRefresh|FullyQualifiedName~DatabaseAway'
tests_of_faults+='|FullyQualifiedName~OutboxCrash|FullyQualifiedName~KilledRotation|FullyQualifiedName~KilledMove'
for tests in Hatcheck.Tests Hatcheck.People.Tests Hatcheck.EndToEnd.Tests; do
  dotnet build "tests/$tests" -v quiet -clp:ErrorsOnly
  dotnet test "tests/$tests" --no-build --logger "console;verbosity=detailed" \
    --filter "($tests_of_faults)&FullyQualifiedName~${name:-Tests}" |
    grep -E "^ *seed|Passed|Failed|should|[Ee]xception"
done
