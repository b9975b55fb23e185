#!/usr/bin/env bash
# One file of tests by Node's runner, and the line that script/test counts: test/deploy/one.sh files|image|compose
set -euo pipefail
cd "$(dirname "$0")"
report=$(mktemp)
trap 'rm -f "$report"' EXIT
code=0
node --test --test-reporter=spec --test-reporter-destination=stdout \
	--test-reporter=tap --test-reporter-destination="$report" "$1.test.mjs" || code=$?
count() { awk -v what="$1" '$1 == "#" && $2 == what { n = $3 } END { print n + 0 }' "$report"; }
skipped=$(count skipped)
printf '%d passed, %d failed' "$(count pass)" $(($(count fail) + $(count cancelled)))
[ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped"
echo
exit $code
