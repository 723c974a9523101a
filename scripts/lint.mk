# SPDX-License-Identifier: MIT
#
# lint.mk - static checks, one target each: make lint-tidy. "make lint" runs and counts those
# that are clean; "make lint-deep" the two that take minutes and still have findings to judge

LINTS    := format cppcheck shell manual clang
DEEP     := tidy analyzer
SOURCES  := $(wildcard $(addsuffix /*.[ch],. lib alloc broker tsp tcp udp ctl tests/* tests/*/lib tests/faults/preload tests/tools/valgrind))
SCRIPTS  := $(wildcard .ci/run scripts/*.sh templates/*.sh debian/*.postrm tests/run tests/*/run tests/abuse/units tests/abuse/*.sh tests/*/*.bash tests/*.bats tests/*.bash units/*.bash tests/bench/*.sh)

lint:
	@scripts/deps.sh build check lint
	@MAKE='$(MAKE)' scripts/lint.sh $(LINTS)
lint-deep:
	@scripts/deps.sh build check lint
	@MAKE='$(MAKE)' scripts/lint.sh $(DEEP)
lint-format:
	$(Q)clang-format --dry-run -Werror $(SOURCES)
lint-tidy: all # which makes headers
	$(Q)clang-tidy --quiet $(filter %.c,$(SOURCES)) -- -std=gnu11 $(ALL_CPPFLAGS) -DGSASL_SONAME='""'
# ctuuninitvar follows a pointer into a function but not the conditions on the way there;
# getpwnam() and its kin are for who has no threads, as here
lint-cppcheck: all
	$(Q)cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability \
		--suppress=ctuuninitvar --suppress=getpwnamCalled --suppress=getpwuidCalled --suppress=getgrgidCalled --inline-suppr --std=c11 \
		--library=posix -I. -I$B -D_GNU_SOURCE $(filter-out tests/%,$(filter %.c,$(SOURCES)))
lint-shell:
	$(Q)shellcheck -x $(SCRIPTS)
lint-manual:
	$(Q)$(if $(MAN),mandoc -Tlint -Wwarning $(MAN),:)
lint-analyzer:
	$(Q)$(MAKE) B=$B/analyzer CFLAGS='-O1 -fanalyzer' all
lint-clang:
	$(Q)$(MAKE) B=$B/clang CC=clang all unit tools

.PHONY: lint lint-deep $(LINTS:%=lint-%) $(DEEP:%=lint-%)
