#!/usr/bin/env bash
# The storm on both sanitizers' builds and both databases, one after another. Usage: test/e2e/storm.sh BUILD_DIR
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
build=$(realpath "${1:-build}") code=0
for flavour in asan tsan; do
	export ROSTER_BIN=$build/$flavour/roster
	echo "$flavour, SQLite"
	test/e2e/run storm.mjs || code=1
	echo "$flavour, PostgreSQL"
	ROSTER_TEST_DB=postgres test/store/postgres.sh run test/e2e/run storm.mjs || code=1
done
exit $code
