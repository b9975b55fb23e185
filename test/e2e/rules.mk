# The storm: every operation at once, and clients that hang up in the middle of everything, on servers built with ASan and
# UBSan and with TSan, on SQLite and on PostgreSQL. STORM_SECONDS is the time of each; SEED repeats one.
.PHONY: storm storm-build
storm-build: $(B)/asan/roster $(B)/tsan/roster
storm: storm-build
	$(Q)test/e2e/storm.sh $(B)

# The examples of the API: run on a fresh server, recorded beside the features, and shown by the document.
.PHONY: examples
examples: $(E2E_BIN)
	$(Q)ROSTER_RECORD=1 ROSTER_BIN=$(abspath $(E2E_BIN)) test/e2e/run examples.test.mjs
	$(Q)$(MAKE) --no-print-directory docs
