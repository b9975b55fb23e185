#!/usr/bin/env bash
# A Docker engine of the tests' own, beside whatever runs on this machine:
#
#	engine.sh start DATA RUN [plain]    keeps images and volumes in DATA; socket, pid and log are in RUN
#	engine.sh stop RUN                  ends it by its pid
#
# With `plain` it makes no network and no rule of the firewall: containers get the host's network, or none. Without, it
# makes a bridge and rules as Docker does: start it in a network namespace of its own.
set -euo pipefail

start() {
	local data=$1 run=$2 options=()
	[ "${3-}" != plain ] || options=(--bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false)
	mkdir -p "$data" "$run"
	rm -f "$run/pid"
	# Its mounts are its own as well, so they go when it does.
	setsid nice -n 5 unshare --mount dockerd --data-root "$data" --exec-root "$run/exec" --pidfile "$run/pid" --host "unix://$run/sock" \
		--storage-driver overlay2 --exec-opt native.cgroupdriver=cgroupfs --shutdown-timeout 5 "${options[@]}" \
		>"$run/log" 2>&1 </dev/null &
	local dockerd=$!
	for ((i = 0; i < 300; i++)); do
		[ "$(curl -s --unix-socket "$run/sock" http://docker/_ping)" != OK ] || return 0
		kill -0 $dockerd 2>/dev/null || break
		sleep 0.1
	done
	kill $dockerd 2>/dev/null || true
	grep -aE 'level=(error|fatal)|failed' "$run/log" | tail -n 1 >&2
	return 1
}

stop() {
	local pid
	pid=$(cat "$1/pid" 2>/dev/null) || return 0
	kill "$pid" 2>/dev/null || return 0
	for ((i = 0; i < 300; i++)); do
		kill -0 "$pid" 2>/dev/null || return 0
		sleep 0.1
	done
	kill -KILL "$pid"
}

"$@"
