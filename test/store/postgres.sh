#!/usr/bin/env bash
# A private PostgreSQL 15 for tests, in a folder of its own on a free port of 127.0.0.1.
#
#   postgres.sh start DIR [--fsync]   makes it (or starts it again, on the same port) and prints its URL
#   postgres.sh stop DIR [MODE]       stops it by its pid; MODE is fast (default) or immediate
#   postgres.sh replica DIR PRIMARY   makes a streaming replica of the running one in the folder PRIMARY, starts it, prints its URL
#   postgres.sh run COMMAND...        starts one in a temporary folder, runs the command with ROSTER_TEST_POSTGRES
#                                     (the URL) and ROSTER_TEST_POSTGRES_DIR (for start and stop), removes it
#
# Without --fsync it forgets what a power cut would: fine for tests, not for measuring.
set -euo pipefail

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
if [ -z "$bin" ]; then
	echo 'postgres.sh: PostgreSQL is not installed. Run: apt-get install postgresql' >&2
	exit 1
fi

# initdb and postgres refuse to run as root.
as_postgres() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid postgres --regid postgres --clear-groups env HOME=/ LC_ALL=C.UTF-8 "$@"
	else
		env LC_ALL=C.UTF-8 "$@"
	fi
}

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

make_cluster() {
	mkdir -p "$1"
	[ "$(id -u)" != 0 ] || chown postgres "$1"
	(cd / && as_postgres "$bin/initdb" -D "$1/data" -U app -A trust -E UTF8 --locale=C.UTF-8 --no-sync) >"$1/initdb.log"
	free_port >"$1/port"
	if [ "${2:-}" = --fsync ]; then echo on; else echo off; fi >"$1/fsync"
}

start() {
	local dir=$1 port options
	[ -d "$dir/data" ] || make_cluster "$@"
	port=$(cat "$dir/port")
	options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$dir -c fsync=$(cat "$dir/fsync")"
	(cd / && as_postgres "$bin/pg_ctl" -D "$dir/data" -w -t 30 -o "$options" -l "$dir/log" start) >/dev/null </dev/null
	echo "postgres://app@127.0.0.1:$port/postgres"
}

stop() {
	(cd / && as_postgres "$bin/pg_ctl" -D "$1/data" -w -t 30 -m "${2:-fast}" stop) >/dev/null
}

replica() {
	mkdir -p "$1"
	[ "$(id -u)" != 0 ] || chown postgres "$1"
	(cd / && as_postgres "$bin/pg_basebackup" -h 127.0.0.1 -p "$(cat "$2/port")" -U app -D "$1/data" -R -X stream --no-sync) >&2
	free_port >"$1/port"
	echo off >"$1/fsync"
	start "$1"
}

run() {
	local status=0
	own=$(mktemp -d) # not local: the trap runs after this function
	chmod 755 "$own"
	trap 'stop "$own" immediate 2>/dev/null || true; rm -rf "$own"' EXIT
	ROSTER_TEST_POSTGRES=$(start "$own")
	export ROSTER_TEST_POSTGRES ROSTER_TEST_POSTGRES_DIR=$own
	"$@" || status=$?
	return $status
}

case "${1:-}" in
start | stop | replica | run)
	"$@"
	;;
*)
	sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
