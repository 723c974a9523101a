# SPDX-License-Identifier: MIT
#
# make            build tsp-handler and tspctl
# make serve      install what is missing, serve port 3653 in the foreground (trial)
# make check      install what is missing, run all tests
# make check-san  the same under address and undefined behaviour sanitizers
# make lint       install what is missing, run all static checks
# make bench      install what is missing, take the figures of docs/performance.md (units: docs/security.md)
# make fuzz, faults, adversary, abuse, abuse-units    the figures of docs/security.md
# make deb        build a Debian package below $B/deb
# make install    DESTDIR= prefix= sysconfdir= unitdir= ... as usual

VERSION      := 0.1.0
prefix       ?= /usr/local
bindir       ?= $(prefix)/bin
sbindir      ?= $(prefix)/sbin
libexecdir   ?= $(prefix)/lib/tsp
mandir       ?= $(prefix)/share/man
docdir       ?= $(prefix)/share/doc/tsp-handler
sysconfdir   ?= /etc
unitdir      ?= $(prefix)/lib/systemd/system
sysusersdir  ?= $(prefix)/lib/sysusers.d
tmpfilesdir  ?= $(prefix)/lib/tmpfiles.d
catalogdir   ?= $(prefix)/lib/systemd/catalog
completiondir ?= $(prefix)/share/bash-completion/completions
DESTDIR      ?=

CC           ?= cc
PKG_CONFIG   ?= pkg-config
INSTALL      ?= install
CFLAGS       ?= -O2 -g
SAN          ?=
B            ?= build$(SAN:%=/%)
PORT         ?= 3653

# Loading a library costs a session more than what most of them do. Linked in are the small
# ones that see our own files only; libmxml reads the internet's bytes and stays shared, for
# the distribution's security updates. libgsasl is loaded when a login needs it, libseccomp
# is used when building.
LIBS         := mxml
LIBS_WITHIN  := libcap-ng inih nettle
LOADED_LIBS  := libgsasl libseccomp
CTL_LIBS     := json-c

# FORTIFY needs optimisation and no sanitizer, and many distributions set it themselves
ifeq ($(SAN)$(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS))$(findstring -O0,$(CFLAGS)),)
FORTIFY      := -D_FORTIFY_SOURCE=2
endif
WARNINGS     := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
		-Wformat=2 -Wpointer-arith -Wvla -Wundef -Wno-missing-field-initializers
HARDEN       := -fPIE -fstack-protector-strong -fno-strict-aliasing
SANITIZE     := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
ALL_CFLAGS   := -std=gnu11 $(WARNINGS) $(HARDEN) $(SANITIZE) $(CFLAGS)

# These install what is missing and start make again: pkg-config may not be there yet
ifneq ($(filter-out deps serve check check-san lint bench,$(or $(MAKECMDGOALS),all)),)
ALL_CPPFLAGS := -D_GNU_SOURCE -DTSP_VERSION='"$(VERSION)"' -I. -I$B $(FORTIFY) \
		$(shell $(PKG_CONFIG) --cflags $(LIBS) $(LIBS_WITHIN) $(LOADED_LIBS) $(CTL_LIBS)) $(CPPFLAGS)
ALL_LDFLAGS  := -pie -Wl,-z,relro,-z,now,--as-needed $(SANITIZE) $(LDFLAGS)
LDLIBS       := -Wl,-Bstatic $(shell $(PKG_CONFIG) --libs $(LIBS_WITHIN)) -Wl,-Bdynamic \
		$(shell $(PKG_CONFIG) --libs $(LIBS))
GSASL_SONAME := $(shell readelf -d "$$($(PKG_CONFIG) --variable=libdir libgsasl)/libgsasl.so" | \
		sed -n 's/.*soname: \[\(.*\)\]/\1/p')
CTL_LDLIBS   := $(shell $(PKG_CONFIG) --libs $(CTL_LIBS))
endif

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-5s %s\n'
endif

PROGRAMS := tsp-handler tsp-udp $(if $(wildcard tspctl.c),tspctl) tspc
FOLDERS  := lib alloc auth tsp client session tunnel sandbox broker listen upkeep conformance ctl ctl/ui
PARTS    := $(filter-out %_gen.c,$(wildcard $(FOLDERS:%=%/*.c)))
OBJECTS  := $(PARTS:%.c=$B/%.o)
UNIT     := $(patsubst tests/unit/%.c,$B/tests/unit/%,$(wildcard tests/unit/*/test_*.c))
TOOLS    := $(patsubst tests/tools/%.c,$B/tests/tools/%,$(wildcard tests/tools/*.c))
TOOL_LIB := $(patsubst %.c,$B/%.o,$(wildcard tests/tools/lib/*.c))

all: $(PROGRAMS:%=$B/%)

$B/%.o: %.c
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The system call filters are compiled here, not in every session
$B/sandbox/syscalls_bpf.h: sandbox/syscalls_gen.c lib/sanitized.h
	$(say) GEN $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) -std=gnu11 $(SANITIZE) -o $B/syscalls_gen $< -lseccomp
	$(Q)$B/syscalls_gen >$@.new && mv $@.new $@

$B/sandbox/syscalls.o $B/tests/unit/sandbox/test_syscalls.o: $B/sandbox/syscalls_bpf.h
$B/tests/unit/sandbox/test_syscalls: LDLIBS += -lseccomp
$B/ctl/policy.o: ALL_CPPFLAGS += -DPOLICY_PAGE='"$(docdir)/policy.md"'
$B/auth/library.o: ALL_CPPFLAGS += -DGSASL_SONAME='"$(GSASL_SONAME)"'

$B/libtsp.a: $(OBJECTS)
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$B/tsp-handler: $B/tsp-handler.o $B/libtsp.a
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

# It stays a while, so loading libsystemd costs nothing that counts
$B/tsp-udp: $B/tsp-udp.o $B/libtsp.a
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS) -lsystemd

$B/tspctl: $B/tspctl.o $B/libtsp.a
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS) $(CTL_LDLIBS)

$B/tspc: $B/tspc.o $B/libtsp.a
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS) -lsystemd

$(TOOLS): $(TOOL_LIB)

$B/tests/%: $B/tests/%.o $B/libtsp.a
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $B/libtsp.a \
		$(LDLIBS) $(CTL_LDLIBS) -lgsasl -lcmocka

# Valgrind lives in the handler's processes: for it alone, one without filters and limits
UNBOUNDED := $B/tests/tools/handler-unbounded
$(UNBOUNDED): sandbox/syscalls.c $B/tsp-handler.o $B/tests/tools/valgrind/unbounded.o $B/libtsp.a
	$(say) LD $@
	$(Q)$(CC) $(ALL_CPPFLAGS) -DTSP_WITHOUT_SECCOMP=1 $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

unit: $(UNIT)
include tests/faults/faults.mk
include tests/abuse/abuse.mk

tools: $(TOOLS) $(UNBOUNDED) $(FAULTS) $(ABUSE)

clean:
	rm -rf $B

# -- run and test; these install what is missing, then start again with it there

deps:
	@scripts/deps.sh

serve:
	@scripts/deps.sh build
	@$(MAKE) --no-print-directory all
	@B='$B' PORT='$(PORT)' exec scripts/serve.sh

check:
	@scripts/deps.sh build check vm
	@MAKE='$(MAKE)' scripts/check.sh

# Installs nothing; what the caller has no rights for is skipped
check-fast: all unit tools
	@TSP_BUILD='$B' tests/run

# Under address and undefined behaviour sanitizers: all tests, but for files that run nothing
# of what was built: debian (the package has a build of its own), layers (reads sources),
# firewall (rules of a document), sit (a template by itself); and valgrind (finds the same)
SAN_NOT  := debian layers firewall sit valgrind
SAN_BATS := $(filter-out $(addprefix %/,$(SAN_NOT:%=%.bats)),$(wildcard tests/*/*.bats))
check-san:
	@scripts/deps.sh build check
	@$(MAKE) --no-print-directory SAN=address,undefined all unit tools
	@TSP_BUILD='$(if $(filter-out build,$B),$B,build/address,undefined)' tests/run $(SAN_BATS)

# Drawings of docs/design.md from their text; the results are in the tree
drawings: $(patsubst docs/drawings/%.dot,docs/%.svg,$(wildcard docs/drawings/*.dot))
docs/%.svg: docs/drawings/%.dot
	$(say) DOT $@
	$(Q)dot -Tsvg $< >$@.new && mv $@.new $@

# From a copy of the tree, with the package's own tests
deb:
	@scripts/deps.sh build check
	@B='$B' scripts/deb.sh

# Each by itself: make lint-tidy and so on
lint:
	@scripts/deps.sh build check lint
	@MAKE='$(MAKE)' scripts/lint.sh $(LINTS)
include scripts/lint.mk

# -- install; SOURCE:DESTINATION of each file is the one list of what there is

MAN      := $(filter-out docs/man/tspc.% docs/man/tspc-%,$(wildcard docs/man/*.[1-8]))
UNITS    := $(filter-out %.bash,$(wildcard units/tsp*))
TEMPLATES := $(notdir $(wildcard templates/*.sh))
etc_tsp  := $(sysconfdir)/tsp
DATA     := $(foreach f,$(MAN),$f:$(mandir)/man$(subst .,,$(suffix $f))/$(notdir $f)) \
	$(foreach f,CHANGELOG.md $(wildcard docs/*.md docs/*.example docs/*.svg),$f:$(docdir)/$(notdir $f)) \
	$(foreach f,$(filter %.socket %.service %.timer,$(UNITS)),$B/$f:$(unitdir)/$(notdir $f)) \
	$(foreach f,$(filter %.catalog,$(UNITS)),$f:$(catalogdir)/$(notdir $f)) \
	$(foreach f,$(wildcard units/*.bash),$f:$(completiondir)/$(basename $(notdir $f))) \
	$(foreach f,$(wildcard units/*.conf units/fail2ban/*),$f:$(docdir)/$(f:units/%=%)) \
	$B/units/tsp.sysusers:$(sysusersdir)/tsp.conf $B/units/tsp.tmpfiles:$(tmpfilesdir)/tsp.conf
EXEC     := $(foreach f,$(filter-out tspc,$(PROGRAMS)),$B/$f:$(sbindir)/$f)
DIRS     := $(sort $(foreach f,$(DATA) $(EXEC),$(dir $(lastword $(subst :, ,$f)))))
OWN_DIRS := $(etc_tsp)/templates $(etc_tsp) $(libexecdir)/templates $(libexecdir) $(docdir)/fail2ban \
	$(docdir)
each      = set -e; for f in $1; do from=$${f%%:*} to="$(DESTDIR)$${f\#*:}";

$B/units/%: units/% FORCE # the directories may be others than last time
	@mkdir -p $(@D)
	@sed 's|@sbindir@|$(sbindir)|g; s|@sysconfdir@|$(sysconfdir)|g' $< >$@

# Templates are the operator's: a changed one stays, an unchanged one follows the new version
install: all $(UNITS:%=$B/%)
	@$(call each,$(DATA)) $(INSTALL) -D -m 644 "$$from" "$$to"; done
	@$(call each,$(EXEC)) $(INSTALL) -D -m 755 "$$from" "$$to"; done
	@set -e; cd templates; for t in $(TEMPLATES); do \
		used='$(DESTDIR)$(etc_tsp)'/templates/$$t ours='$(DESTDIR)$(libexecdir)'/templates/$$t; \
		if [ ! -e "$$used" ] || cmp -s "$$ours" "$$used"; then $(INSTALL) -D -m 755 $$t "$$used"; \
		elif ! cmp -s $$t "$$used"; then echo "  KEEP  $$used: changed; the new one is $$ours"; fi; \
		$(INSTALL) -D -m 755 $$t "$$ours"; done

# Leaves what the operator made or changed; under DESTDIR it leaves no empty directory either
uninstall:
	@for t in $(TEMPLATES); do \
		used='$(DESTDIR)$(etc_tsp)'/templates/$$t ours='$(DESTDIR)$(libexecdir)'/templates/$$t; \
		! cmp -s "$$ours" "$$used" || rm -f "$$used"; rm -f "$$ours"; done
	@$(call each,$(DATA) $(EXEC)) rm -f "$$to"; done
	@cd '$(DESTDIR)/' && for d in $(OWN_DIRS) $(if $(DESTDIR),$(DIRS)); do \
		rmdir $(if $(DESTDIR),-p) --ignore-fail-on-non-empty ".$$d" 2>/dev/null || :; done

# Peers to measure against, from Debian packages; nothing else links them
BENCH := $(patsubst %,$B/tests/bench/%,packets cpu comeback)

$(BENCH): %: %.o
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $<

$B/tests/bench/alloc-bench: $B/tests/bench/alloc-bench.o $B/tests/bench/stores.o $B/libtsp.a
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS) -llmdb -lsqlite3

bench:
	@scripts/deps.sh build check bench
	@$(MAKE) --no-print-directory all tools $B/tests/bench/alloc-bench $(BENCH)
	@TSP_BUILD='$B' tests/bench/run $(PARTS_OF_BENCH)

# Every decoder under clang's libFuzzer for so many SECONDS: see tests/fuzz/run
fuzz:
	$(Q)B=$B/fuzz tests/fuzz/run $(or $(SECONDS),10) $(TARGETS)

# A session in enemy hands says so many MESSAGES to the broker: see tests/tools/adversary.c
adversary: $B/tests/tools/adversary $B/tests/tools/adversary-template
	$(Q)$B/tests/tools/adversary --messages $(or $(MESSAGES),10000000)

# The product on a real systemd: a guest with Debian's kernel, or a container. SCENARIOS= some
check-vm check-nspawn:
	@scripts/deps.sh build check vm
	@$(MAKE) --no-print-directory all tools
	@B='$B' tests/vm/run $(@:check-%=%) $(SCENARIOS)

.PHONY: drawings deb lint check-san check-vm check-nspawn all unit tools clean deps serve bench check check-fast install uninstall FORCE fuzz adversary
.SECONDARY:
-include $(shell find $B -name '*.d' 2>/dev/null)
