# Roster. Sources are found by wildcard: a new file needs no line here.
#
#   make            build/roster and build/roster-echo, optimised
#   make unit       all unit tests under ASan and UBSan; M="base crypto" builds and runs those directories alone
#   make check      format, layers, banned functions, static analysis, generated files
#   make docs       writes doc/openapi.json again
#   make install    DESTDIR= PREFIX=/usr/local

CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
CCACHE := $(shell command -v ccache 2>/dev/null)
PREFIX ?= /usr/local
B := build

PKGS := libuv libcrypto libssl libsodium jansson sqlite3 libpq zlib libidn2 libutf8proc libxcrypt
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS))
PKG_LIBS := $(shell pkg-config --libs $(PKGS)) -lhttp_parser -lwslay -lzxcvbn -lpthread -lm

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wcast-align -Wvla -Werror
# Mistakes of this kind do not compile: see src/base/banned.h.
BASE := -std=c17 $(WARN) -D_GNU_SOURCE -Isrc -I$(B)/gen $(PKG_CFLAGS) -include src/base/banned.h -MMD -MP -g
HARDEN := -O2 -fstack-protector-strong -D_FORTIFY_SOURCE=3 -fPIE -fcf-protection
RELEASE := $(BASE) $(HARDEN)
RELEASE_LD := -pie -Wl,-z,relro,-z,now
ASAN := $(BASE) -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
TSAN := $(BASE) -O1 -fno-omit-frame-pointer -fsanitize=thread

ALL := $(wildcard src/*/*.c src/features/*/*.c)
TESTS := $(filter %_test.c src/base/test.c,$(ALL))
MAINS := src/main/main.c src/main/echo.c
LIB := $(filter-out $(TESTS) $(MAINS),$(ALL))
GEN_C := $(B)/gen/migrations.c
ECHO_LIB := $(filter src/base/% src/crypto/% src/net/% src/http/%,$(LIB))

obj = $(patsubst src/%.c,$(B)/$(1)/%.o,$(filter src/%,$(2))) $(patsubst $(B)/gen/%.c,$(B)/$(1)/gen/%.o,$(filter $(B)/gen/%,$(2)))

.PHONY: all unit clean
all: $(B)/roster $(B)/roster-echo

$(B)/roster: $(call obj,release,$(LIB) $(GEN_C) src/main/main.c)
	@echo "  LD $@"; $(CC) $(RELEASE_LD) -o $@ $^ $(PKG_LIBS)
$(B)/roster-echo: $(call obj,release,$(ECHO_LIB) src/main/echo.c)
	@echo "  LD $@"; $(CC) $(RELEASE_LD) -o $@ $^ $(PKG_LIBS)

# flavour: name, flags, linker flags
define flavour
$(B)/$(1)/%.o: src/%.c
	@mkdir -p $$(@D)
	@echo "  CC $(1) $$<"; $(CCACHE) $(CC) $(2) -c -o $$@ $$<
$(B)/$(1)/gen/%.o: $(B)/gen/%.c
	@mkdir -p $$(@D)
	@echo "  CC $(1) $$<"; $(CCACHE) $(CC) $(2) -c -o $$@ $$<
endef
$(eval $(call flavour,release,$(RELEASE)))
$(eval $(call flavour,asan,$(ASAN)))
$(eval $(call flavour,tsan,$(TSAN)))

$(B)/gen/migrations.c: $(wildcard migrations/*.sql) tools/embed_migrations
	@mkdir -p $(@D)
	tools/embed_migrations migrations > $@

# The unit tests of all directories, or of those in M (which must be closed under what they include).
M ?=
UNIT_SRC := $(if $(M),$(foreach d,$(M),$(wildcard src/$(d)/*.c)) src/base/test.c,$(ALL))
UNIT_C := $(sort $(filter-out $(MAINS),$(UNIT_SRC))) $(if $(filter db,$(M))$(if $(M),,all),$(GEN_C))
empty :=
UNIT := $(B)/asan/unit$(subst /,_,$(subst $(empty) ,-,$(if $(M),-$(M))))
$(UNIT): $(call obj,asan,$(UNIT_C))
	@echo "  LD $@"; $(CC) -fsanitize=address,undefined -o $@ $^ $(PKG_LIBS)
unit: $(UNIT)
	$(UNIT)

clean:
	rm -rf $(B)

-include $(shell find $(B) -name '*.d' 2>/dev/null)
