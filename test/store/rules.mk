# make store-bench: what the SQLite writer costs against a bare C loop, on the disk of the checkout.
$(eval $(call program,$(B)/store-bench,release,$(filter src/base/% src/db/%,$(LIB)) test/store/bench.c))
.PHONY: store-bench
store-bench: $(B)/store-bench
	$(Q)d=$$(mktemp -d $(B)/store-bench-XXXXXX) && { $(B)/store-bench $$d; e=$$?; rm -rf $$d; exit $$e; }
