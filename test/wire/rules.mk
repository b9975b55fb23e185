# Bytes in, bytes out, on roster-echo under ASan; then clients that hang up in the middle of everything, and TLS.
.PHONY: wire wire-build
wire-build: $(B)/asan/roster-echo $(B)/tsan/roster-echo $(B)/roster-echo
wire: wire-build
	test/wire/run.mjs $(B)/asan/roster-echo
	test/wire/sockets.mjs $(B)/asan/roster-echo
	test/wire/storm.mjs $(B)/asan/roster-echo 6
	test/wire/storm.mjs $(B)/tsan/roster-echo 6
	test/wire/idle.mjs $(B)/roster-echo
