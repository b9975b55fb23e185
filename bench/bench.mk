# The programs of the benchmarks, optimised as the server is; used by script/bench:  make -f bench/bench.mk
CC := gcc
CCACHE := $(shell command -v ccache 2>/dev/null)
O := build/bench
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wcast-align -Wvla -Werror
FLAGS := -std=c17 $(WARN) -D_GNU_SOURCE -Isrc -Ibench -include src/base/banned.h -MMD -MP -g -O2
PROGRAMS := epoll verify argon commit start photo load limiter rabbit fanout sockets

.PHONY: all
all: $(PROGRAMS:%=$(O)/%)

$(O)/%.o: bench/%.c
	@mkdir -p $(@D)
	@echo "  CC $<"; $(CCACHE) $(CC) $(FLAGS) -c -o $@ $<
$(O)/base-%.o: src/base/%.c
	@mkdir -p $(@D)
	@echo "  CC $<"; $(CCACHE) $(CC) $(FLAGS) -c -o $@ $<

$(O)/epoll: $(O)/epoll.o
$(O)/fanout: $(O)/fanout.o
$(O)/start: $(O)/start.o
$(O)/rabbit: $(O)/rabbit.o $(O)/threads.o
$(O)/photo: $(O)/photo.o $(O)/threads.o
$(O)/verify: $(O)/verify.o $(O)/threads.o
$(O)/argon: $(O)/argon.o $(O)/threads.o
$(O)/commit: $(O)/commit.o $(O)/threads.o $(O)/users.o
$(O)/limiter: $(O)/limiter.o $(O)/threads.o $(O)/base-rate.o
$(O)/load: $(addprefix $(O)/,load.o drive.o modes.o client.o hist.o users.o base-buf.o base-arena.o)
$(O)/sockets: $(addprefix $(O)/,sockets.o talk.o users.o base-buf.o base-arena.o)
$(PROGRAMS:%=$(O)/%):
	@echo "  LD $@"; $(CC) -o $@ $^ $(LIBS) -lpthread
$(O)/verify: LIBS := -lcrypto
$(O)/argon $(O)/limiter: LIBS := -lsodium
$(O)/photo: LIBS := -ljpeg
$(O)/commit: LIBS := -lsqlite3
$(O)/rabbit: LIBS := -lrabbitmq

# Linked with the server's own objects, all but its main(): build/roster, which says of what it is made, must be there.
FROM := $(file <build/roster.from)
SERVER := $(filter-out build/release/main/main.o,$(patsubst src/%.c,build/release/%.o,$(filter src/%.c,$(FROM))) \
	$(patsubst build/gen/%.c,build/release/gen/%.o,$(filter build/gen/%.c,$(FROM))))
$(O)/judge: $(O)/judge.o $(O)/threads.o $(O)/users.o $(SERVER)
	@echo "  LD $@"; $(CC) -o $@ $^ $(filter -l%,$(FROM)) -lpthread

-include $(wildcard $(O)/*.d)
