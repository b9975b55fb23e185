#!/usr/bin/env bash
# All wire tests, one after another; each part ends with its own "N passed, N failed". Usage: test/wire/all.sh [BUILD_DIR [FLAVOUR]]
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
build=${1:-build} flavour=${2:-asan} passed=0 failed=0
run() {
	local out p f
	out=$("$@" 2>&1)
	read -r p f < <(grep -aE '^[0-9]+ passed, [0-9]+ failed$' <<<"$out" | tail -1 | tr -cd '0-9 \n')
	printf '%s\n%s\n' "$*" "$out"
	passed=$((passed + ${p:-0})) failed=$((failed + ${f:-1}))
}
run test/wire/run.mjs "$build/$flavour/roster-echo"
run test/wire/sockets.mjs "$build/$flavour/roster-echo"
run test/wire/storm.mjs "$build/$flavour/roster-echo" 6
run test/wire/storm.mjs "$build/tsan/roster-echo" 6
run test/wire/idle.mjs "$build/roster-echo"
[ "$failed" -eq 0 ]
