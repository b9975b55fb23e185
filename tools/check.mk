# make check: what a reviewer would otherwise have to say. Each check prints file:line and what to do; each looks again
# only at what has changed since it was last content. One alone: make check-layers.
CHECKS := format layers banned text shell generated tidy cppcheck analyzer
C := $(B)/check

.PHONY: check $(CHECKS:%=check-%)
check:
	+@passed=0; failed=0; for c in $(CHECKS); do \
		if out=$$($(MAKE) --no-print-directory -k check-$$c 2>&1); then \
			echo "  ok    $$c"; passed=$$((passed + 1)); \
		else \
			echo "$$out" | grep -v '^make'; echo "  FAIL  $$c"; failed=$$((failed + 1)); \
		fi; \
	done; echo "$$passed passed, $$failed failed"; [ $$failed -eq 0 ]

HEADERS := $(wildcard src/*/*.h src/features/*/*.h src/*/*.def)
TEST_C := $(wildcard test/*/*.c test/*/*.h bench/*.c bench/*/*.c)
SCRIPTS := $(filter-out %.mk %.awk,$(wildcard script/* .ci/run tools/* test/*/*.sh test/*/run deploy/make-secrets))

# $? is what is newer than the stamp: the files that changed.
check-format: $(C)/format
$(C)/format: .clang-format $(ALL) $(filter %.h,$(HEADERS)) $(TEST_C)
	@mkdir -p $(C)
	@printf '%s\n' $(filter %.c %.h,$(if $(filter .clang-format,$?),$^,$?)) | xargs -r -n 20 clang-format --dry-run -Werror \
		|| { echo "Run clang-format -i on these files."; exit 1; }
	@touch $@

check-layers: $(ALL) $(HEADERS)
	@awk -f tools/check_layers $^
check-banned: $(ALL) $(HEADERS)
	@awk -f tools/check_banned $(filter-out src/base/banned.h,$^)
check-text:
	@git ls-files --cached --others --exclude-standard | tools/check_text

check-shell: $(C)/shell
$(C)/shell: $(SCRIPTS)
	@mkdir -p $(C)
	@tools/check_shell $?
	@touch $@

# doc/openapi.json and doc/manual/settings.md must be what the program says of itself.
check-generated: $(B)/roster
	@tools/check_generated $(B)/roster

# A source is looked at again when it or a header of its has changed: -MM notes which those are.
TIDY := $(patsubst src/%.c,$(C)/tidy/%.ok,$(ALL))
$(call remember,$(C)/tidy/flags,$(BASE))
check-tidy: $(TIDY)
$(C)/tidy/%.ok: src/%.c .clang-tidy $(C)/tidy/flags
	@mkdir -p $(@D)
	@clang $(BASE) -MM -MP -MT $@ -MF $(@:.ok=.d) $<
	@clang-tidy --quiet $< -- $(BASE) 2>$@.log || { cat $@.log; exit 1; }
	@rm -f $@.log; touch $@

check-cppcheck: $(C)/cppcheck.ok
$(C)/cppcheck.ok: tools/cppcheck.txt tools/cppcheck.cfg $(ALL) $(HEADERS)
	@mkdir -p $(C)/cppcheck
	@cppcheck --quiet --std=c11 --language=c -D_GNU_SOURCE -Isrc --enable=warning,performance,portability -j2 \
		--library=posix,gnu,openssl,sqlite3,zlib --library=tools/cppcheck.cfg --suppressions-list=tools/cppcheck.txt \
		--inline-suppr --cppcheck-build-dir=$(C)/cppcheck --error-exitcode=1 \
		--template='{file}:{line}: {message} ({id})' $(filter-out $(TESTS),$(ALL))
	@touch $@

# gcc -fanalyzer, as one more flavour of the objects. Not on tests: they leak by design, each in a process of its own.
# It takes what is put into a list of nodes for leaked; leaks are found where they happen, by ASan in every suite.
CFLAGS_analyzer := $(BASE) -O0 -fanalyzer -Wno-analyzer-malloc-leak -Wno-analyzer-possible-null-argument -fno-diagnostics-show-caret -fdiagnostics-path-format=separate-events
$(eval $(call flavour,analyzer,gcc))
check-analyzer: $(call obj,analyzer,$(LIB) $(wildcard $(MAINS)))
