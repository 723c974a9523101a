# SPDX-License-Identifier: MIT
#
# lint.mk - static checks, one target each, as make lint-tidy; make lint runs and counts them

LINTS    := format cppcheck shell manual clang musl tidy analyzer

# Everything but what was built, looked for when a check asks for it: no list to keep
FIND      = find . \( -path ./.git -o -path ./build -o -path './$B' -o -path ./run \) -prune -o -type f
SOURCES   = $(patsubst ./%,%,$(shell $(FIND) -name '*.[ch]' -print))
C_SOURCES = $(filter-out %.bpf.c,$(filter %.c,$(SOURCES))) # these are for the kernel
# by its name or by its first line; documents quote scripts
SCRIPTS   = $(shell $(FIND) ! -name '*.md' -exec awk 'FNR == 1 && \
	(/^\#!.*sh/ || FILENAME ~ /\.(sh|bash|bats)$$/) { print FILENAME } { nextfile }' {} +)
MADE      = $B/sandbox/syscalls_bpf.h

lint-format:
	$(Q)clang-format --dry-run -Werror $(SOURCES)
# Side by side. To standard error it says how many warnings of system headers nobody sees
lint-tidy: $(MADE)
	$(Q)printf '%s\n' $(C_SOURCES) | xargs -P"$$(nproc)" -I{} clang-tidy --quiet {} -- -std=gnu11 \
		$(ALL_CPPFLAGS) -DGSASL_SONAME='""' -DPOLICY_PAGE='""' -DNET_ADMIN='""' -DOBJECT_FILE='"/dev/null"' 2>$B/tidy.log || \
		{ grep -v 'warnings\? generated' $B/tidy.log; exit 1; }
lint-cppcheck: $(MADE)
	$(Q)cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability \
		--suppressions-list=scripts/cppcheck.supp --inline-suppr --std=c11 --library=posix \
		-I. -I$B -D_GNU_SOURCE -D__x86_64__ \
		'-DLIBBPF_OPTS(type,name,...)=struct type name = {__VA_ARGS__}' $(C_SOURCES)
lint-shell:
	$(Q)shellcheck -x $(SCRIPTS)
lint-manual:
	$(Q)mandoc -Tlint -Wwarning docs/man/*.[1-8]
# These compile every source, those too that need other libraries to be linked
# gcc 14 mistakes dup2() onto standard input, output and error for leaks
lint-analyzer:
	$(Q)$(MAKE) -j"$$(nproc)" B=$B/analyzer CFLAGS='-O1 -fanalyzer -Wno-analyzer-fd-leak' $(C_SOURCES:%.c=$B/analyzer/%.o)
lint-clang:
	$(Q)$(MAKE) -j"$$(nproc)" B=$B/clang CC=clang $(C_SOURCES:%.c=$B/clang/%.o)
# The programs' sources with another C library. Other libraries' headers come from this machine,
# which has glibc
lint-musl: $(MADE)
	$(Q)for file in $(filter-out tests/%,$(C_SOURCES)); do \
		musl-gcc -std=gnu11 $(ALL_CPPFLAGS) -idirafter /usr/include \
			-idirafter /usr/include/$$($(CC) -print-multiarch) -DGSASL_SONAME='""' \
			-DPOLICY_PAGE='""' -DNET_ADMIN='""' -DOBJECT_FILE='"/dev/null"' \
			-Wall -Werror -fsyntax-only $$file || exit 1; \
	done

.PHONY: $(LINTS:%=lint-%)
