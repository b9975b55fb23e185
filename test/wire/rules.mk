# Bytes in, bytes out, on roster-echo under ASan; TLS and other sockets; clients that hang up in the middle of everything;
# what idle connections cost.
.PHONY: wire wire-build
wire-build: $(B)/$(FLAVOUR)/roster-echo $(B)/tsan/roster-echo $(B)/roster-echo
wire: wire-build
	test/wire/all.sh $(B) $(FLAVOUR)
