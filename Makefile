# Roster. Sources are found by wildcard: a new file needs no line here.
#
#   make            build/roster and build/roster-echo, optimised (CC=clang: the same in build/clang)
#   make unit       all unit tests under ASan and UBSan; M="base crypto" builds and runs those directories alone,
#                   T=module or T=module.name runs those tests alone; make tsan: the same under TSan
#   make store      store contracts on both databases; make wire, e2e-sqlite, e2e-postgres, fuzz-short: see script/test
#   make deploy     deploy/ on a Docker engine of the tests' own: the files, the image, compose.yaml; as root
#   make check      format, layers, banned functions, static analysis, generated files: see tools/check.mk
#   make examples   runs the examples of the API, and records them for its document
#   make docs       writes doc/openapi.json, doc/schema.graphql and doc/manual/settings.md again
#   make install    DESTDIR= PREFIX=/usr/local
#   make WEB=no     leaves out Swagger UI, ReDoc and GraphiQL, for a machine without npm
#
# Directories of test/ may bring rules of their own in test/*/rules.mk. `make V=1` shows the commands.

ifeq ($(origin CC),default)
CC := gcc
endif
CCACHE := $(shell command -v ccache 2>/dev/null)
PREFIX ?= /usr/local
WEB ?= yes
V ?=
Q := $(if $(V),,@)
B := build$(if $(filter-out gcc,$(CC)),/$(notdir $(CC)))
GEN := build/gen

PKGS := libuv libcrypto libssl libsodium jansson sqlite3 zlib libidn2 libutf8proc libxxhash libxcrypt \
	libjpeg libpng libwebp libwebpdemux libseccomp librabbitmq hiredis msgpack
# libpq and libcurl are loaded when they are needed (decisions 15 and 21): of them the headers alone.
# hiredis asks for offsets of 64 bits, which is what they are here; the macro would give our own mmap() another name.
PKG_CFLAGS := $(filter-out -D_FILE_OFFSET_BITS=64,$(shell pkg-config --cflags $(PKGS) libpq))
PKG_LIBS := $(shell pkg-config --libs $(PKGS)) -lhttp_parser -lminizip -lwslay -lzxcvbn -lgif -lpthread -lm

# --- flags -------------------------------------------------------------------------------------------------------
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wcast-align -Wvla -Werror
# Mistakes of this kind do not compile: see src/base/banned.h.
BASE := -std=c17 $(WARN) -D_GNU_SOURCE -Isrc -I$(GEN) $(PKG_CFLAGS) -include src/base/banned.h -g
HARDEN := -O2 -fstack-protector-strong -D_FORTIFY_SOURCE=3 -fPIE -fcf-protection
SANITIZE := -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all

CFLAGS_release := $(BASE) $(HARDEN)
CFLAGS_asan := $(BASE) $(SANITIZE) -fsanitize=address,undefined
CFLAGS_tsan := $(BASE) $(SANITIZE) -fsanitize=thread
CFLAGS_cov := $(BASE) -O0 --coverage -fprofile-update=atomic
CFLAGS_fuzz := $(BASE) $(SANITIZE) -fsanitize=address,undefined,fuzzer-no-link
LDFLAGS_release := -pie -Wl,-z,relro,-z,now
LDFLAGS_asan := -fsanitize=address,undefined
LDFLAGS_tsan := -fsanitize=thread
LDFLAGS_cov := --coverage
LDFLAGS_fuzz := -fsanitize=address,undefined,fuzzer

# --- sources -----------------------------------------------------------------------------------------------------
ALL := $(wildcard src/*/*.c src/features/*/*.c)
TESTS := $(filter %_test.c src/base/test.c,$(ALL))
MAINS := src/main/main.c src/main/echo.c
LIB := $(filter-out $(TESTS) $(MAINS),$(ALL))
ECHO_LIB := $(filter src/base/% src/crypto/% src/net/% src/http/% src/realtime/%,$(LIB))

MIGRATIONS := $(GEN)/migrations.c
TEMPLATES := $(GEN)/templates.c
EXAMPLES := $(GEN)/examples.c
ASSETS := $(GEN)/$(if $(filter no,$(WEB)),no_)assets.c
# The generated sources that code of these directories links with.
gen = $(if $(filter db main,$(1)),$(MIGRATIONS)) $(if $(filter api main,$(1)),$(ASSETS)) \
	$(if $(filter features/mail main,$(1)),$(TEMPLATES)) $(if $(filter api main,$(1)),$(EXAMPLES))

# $(call obj,flavour,sources): their object files
obj = $(patsubst src/%.c,$(B)/$(1)/%.o,$(filter src/%,$(2))) \
	$(patsubst $(GEN)/%.c,$(B)/$(1)/gen/%.o,$(filter $(GEN)/%,$(2))) \
	$(patsubst test/%.c,$(B)/$(1)/test/%.o,$(filter test/%.c,$(2)))

.DELETE_ON_ERROR:
.PHONY: all unit docs install clean web
all: $(B)/roster $(B)/roster-echo

# --- how one file is compiled, per flavour -----------------------------------------------------------------------
# A file that is written only when the text changes: what depends on it is built again when flags do.
same = $(and $(findstring $(1),$(2)),$(findstring $(2),$(1)))
# Stripped: make 4.3 leaves the line break at the end of a file now and then, by where its buffer lies.
remember = $(if $(call same,$(strip $(2)),$(strip $(file <$(1)))),,$(shell mkdir -p $(dir $(1)))$(file >$(1),$(2)))

# $(call flavour,name,compiler)
define flavour
$(call remember,$(B)/$(1)/flags,$(2) $(CFLAGS_$(1)))
$(B)/$(1)/%.o: src/%.c $(B)/$(1)/flags
	@mkdir -p $$(@D); $(if $(V),,echo "  CC $(1) $$<")
	$(Q)$(CCACHE) $(2) $(CFLAGS_$(1)) -MMD -MP -c -o $$@ $$<
$(B)/$(1)/test/%.o: test/%.c $(B)/$(1)/flags
	@mkdir -p $$(@D); $(if $(V),,echo "  CC $(1) $$<")
	$(Q)$(CCACHE) $(2) $(CFLAGS_$(1)) -MMD -MP -c -o $$@ $$<
$(B)/$(1)/gen/%.o: $(GEN)/%.c $(B)/$(1)/flags
	@mkdir -p $$(@D); $(if $(V),,echo "  CC $(1) $$<")
	$(Q)$(CCACHE) $(2) $(CFLAGS_$(1)) -Wno-overlength-strings -MMD -MP -c -o $$@ $$<
endef
$(foreach f,release asan tsan cov,$(eval $(call flavour,$(f),$(CC))))
$(eval $(call flavour,fuzz,clang))

# $(call program,path,flavour,sources): linked again also when a source has gone, or the flags are others
define program
$(call remember,$(1).from,$(LDFLAGS_$(2)) $(PKG_LIBS) $(3))
$(1): $(call obj,$(2),$(3)) $(1).from
	@$(if $(V),,echo "  LD $$@")
	$(Q)$(CC) $(LDFLAGS_$(2)) -o $$@ $$(filter %.o,$$^) $(PKG_LIBS) $$(EXTRA_LIBS)
endef
ROSTER_SRC := $(LIB) $(MIGRATIONS) $(TEMPLATES) $(EXAMPLES) $(ASSETS) src/main/main.c
ECHO_SRC := $(ECHO_LIB) src/main/echo.c
$(eval $(call program,$(B)/roster,release,$(ROSTER_SRC)))
$(eval $(call program,$(B)/roster-echo,release,$(ECHO_SRC)))
# The same programs under sanitizers and with coverage: build/asan/roster, build/tsan/roster-echo ...
$(foreach f,asan tsan cov,$(eval $(call program,$(B)/$(f)/roster,$(f),$(ROSTER_SRC))))
$(foreach f,asan tsan cov,$(eval $(call program,$(B)/$(f)/roster-echo,$(f),$(ECHO_SRC))))

# --- generated sources -------------------------------------------------------------------------------------------
# A folder is newer when a file came or went, however old the file.
$(MIGRATIONS): migrations $(wildcard migrations/*.sql) tools/embed_migrations
	@mkdir -p $(@D)
	$(Q)tools/embed_migrations migrations > $@

$(TEMPLATES): src/features/mail/templates $(wildcard src/features/mail/templates/*) tools/embed_templates
	@mkdir -p $(@D)
	$(Q)tools/embed_templates src/features/mail/templates > $@

$(EXAMPLES): $(wildcard src/features/*/examples.txt) tools/embed_examples
	@mkdir -p $(@D)
	$(Q)tools/embed_examples $(wildcard src/features/*/examples.txt) > $@

$(GEN)/assets.c: web/package-lock.json $(wildcard web/*.html web/*.js web/*.css) tools/embed_assets
	@mkdir -p $(@D); $(if $(V),,echo "  WEB $@")
	$(Q)flock $(GEN)/lock tools/embed_assets web $(GEN)/assets > $@
$(GEN)/no_assets.c: $(wildcard web/*.html web/*.js web/*.css) tools/embed_assets
	@mkdir -p $(@D)
	$(Q)flock $(GEN)/lock tools/embed_assets web $(GEN)/no_assets own > $@
web: $(GEN)/assets.c

# --- tests -------------------------------------------------------------------------------------------------------
# The unit tests of all directories, or of those in M (which must be closed under what they include).
M ?=
T ?=
FLAVOUR ?= asan
empty :=
UNIT_DIRS := $(or $(M),$(sort $(patsubst src/%/,%,$(dir $(ALL)))))
UNIT_SRC := $(foreach d,$(UNIT_DIRS),$(wildcard src/$(d)/*.c)) src/base/test.c $(call gen,$(UNIT_DIRS))
UNIT := $(B)/$(FLAVOUR)/unit$(subst /,_,$(subst $(empty) ,-,$(if $(M),-$(M))))
$(eval $(call program,$(UNIT),$(FLAVOUR),$(sort $(filter-out $(MAINS),$(UNIT_SRC)))))
.PHONY: unit-build
unit-build: $(UNIT)
unit: $(UNIT)
	$(Q)$(UNIT) $(T)

# The same under TSan: sanitizers exclude each other.
.PHONY: tsan tsan-build
TSAN := $(patsubst $(B)/$(FLAVOUR)/%,$(B)/tsan/%,$(UNIT))
ifneq ($(FLAVOUR),tsan)
$(eval $(call program,$(TSAN),tsan,$(sort $(filter-out $(MAINS),$(UNIT_SRC)))))
endif
tsan-build: $(TSAN)
tsan: $(TSAN)
	$(Q)$(TSAN) $(T)

# Store contracts, on SQLite and on a PostgreSQL that lives as long as the run.
STORE_LIB := $(filter src/base/% src/db/%,$(LIB)) src/base/test.c $(MIGRATIONS)
STORE_SRC := $(filter-out test/store/bench.c,$(wildcard test/store/*.c))
ifneq ($(STORE_SRC),)
.PHONY: store store-build
STORE_ARGS ?= $(T)
$(eval $(call program,$(B)/$(FLAVOUR)/store,$(FLAVOUR),$(STORE_LIB) $(STORE_SRC)))
$(B)/$(FLAVOUR)/store: EXTRA_LIBS := -lpq # its own connections, to the server that it stops
store-build: $(B)/$(FLAVOUR)/store
store: $(B)/$(FLAVOUR)/store
	$(Q)test/store/postgres.sh run $(B)/$(FLAVOUR)/store $(STORE_ARGS)
endif

# Real clients against the running program; E2E="a.test.mjs" runs that file alone.
ifneq ($(wildcard test/e2e/*.test.mjs),)
.PHONY: e2e-sqlite e2e-postgres e2e-sqlite-build e2e-postgres-build
E2E ?=
E2E_BIN := $(B)/$(if $(filter cov,$(FLAVOUR)),cov/)roster
# The next version, as nodes of this one meet it in a rolling restart: the same program with a migration more.
NEXT_MIGRATIONS := $(GEN)/migrations_next.c
$(NEXT_MIGRATIONS): $(wildcard migrations/*.sql test/next/*.sql) tools/embed_migrations
	@mkdir -p $(@D)
	$(Q)tools/embed_migrations migrations test/next > $@
$(eval $(call program,$(B)/next/roster,release,$(filter-out $(MIGRATIONS),$(ROSTER_SRC)) $(NEXT_MIGRATIONS)))
E2E_ECHO := $(dir $(E2E_BIN))roster-echo
e2e-sqlite-build: $(E2E_BIN) $(E2E_ECHO)
e2e-postgres-build: $(E2E_BIN) $(E2E_ECHO) $(B)/next/roster
e2e-sqlite: $(E2E_BIN) $(E2E_ECHO)
	$(Q)ROSTER_BIN=$(abspath $(E2E_BIN)) test/e2e/run $(E2E)
e2e-postgres: $(E2E_BIN) $(E2E_ECHO) $(B)/next/roster
	$(Q)ROSTER_BIN=$(abspath $(E2E_BIN)) ROSTER_NEXT_BIN=$(abspath $(B)/next/roster) ROSTER_TEST_DB=postgres test/store/postgres.sh run test/e2e/run $(E2E)
endif

# build/fuzz/fuzz_x from test/fuzz/fuzz_x.c; always clang, for libFuzzer. An archive: each takes only what it needs.
FUZZ := $(patsubst test/fuzz/%.c,$(B)/fuzz/%,$(wildcard test/fuzz/fuzz_*.c))
$(B)/fuzz/lib.a: $(call obj,fuzz,$(LIB) $(MIGRATIONS) $(TEMPLATES) $(EXAMPLES) $(ASSETS))
	@$(if $(V),,echo "  AR $@"); rm -f $@
	$(Q)ar rcs $@ $^
$(B)/fuzz/fuzz_%: $(B)/fuzz/test/fuzz/fuzz_%.o $(B)/fuzz/lib.a
	@$(if $(V),,echo "  LD $@")
	$(Q)clang $(LDFLAGS_fuzz) -o $@ $^ $(PKG_LIBS)
ifneq ($(FUZZ),)
.PHONY: fuzz-short fuzz-short-build
fuzz-short-build: $(FUZZ)
fuzz-short: $(FUZZ)
	$(Q)script/fuzz $(if $(CI),15,3)
endif
.SECONDARY:

-include $(wildcard test/*/rules.mk)
include tools/check.mk

# --- documents, installation ---------------------------------------------------------------------------------------
docs: $(B)/roster
	@mkdir -p doc/manual
	$(Q)$(B)/roster openapi > $(GEN)/openapi.json && cp $(GEN)/openapi.json doc/openapi.json
	$(Q)tools/write_settings $(B)/roster > $(GEN)/settings.md && cp $(GEN)/settings.md doc/manual/settings.md
	$(Q)$(B)/roster schema > $(GEN)/schema.graphql && cp $(GEN)/schema.graphql doc/schema.graphql
	@echo "doc/openapi.json is what the program says now; its diff is the review of the API."

install: $(B)/roster
	install -D -m 755 $(B)/roster $(DESTDIR)$(PREFIX)/bin/roster
	install -D -m 644 deploy/roster.1 $(DESTDIR)$(PREFIX)/share/man/man1/roster.1
	@mkdir -p $(GEN)/completion && for shell in bash zsh fish; do $(B)/roster completion $$shell > $(GEN)/completion/$$shell; done
	install -D -m 644 $(GEN)/completion/bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/roster
	install -D -m 644 $(GEN)/completion/zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_roster
	install -D -m 644 $(GEN)/completion/fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/roster.fish
	install -D -m 644 deploy/roster.socket $(DESTDIR)$(PREFIX)/lib/systemd/system/roster.socket
	sed 's|/usr/local/bin/|$(PREFIX)/bin/|' deploy/roster.service > $(DESTDIR)$(PREFIX)/lib/systemd/system/roster.service

clean:
	rm -rf build

-include $(shell find $(B) -path $(B)/deploy -prune -o -name '*.d' -print 2>/dev/null)
