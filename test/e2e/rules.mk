# The storm: every operation at once, and clients that hang up in the middle of everything, on servers built with ASan and
# UBSan and with TSan, on SQLite and on PostgreSQL. STORM_SECONDS is the time of each; SEED repeats one.
.PHONY: storm storm-build
storm-build: $(B)/asan/roster $(B)/tsan/roster
storm: storm-build
	$(Q)test/e2e/storm.sh $(B)
