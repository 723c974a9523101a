# SPDX-License-Identifier: MIT
#
# make              build the programs
# make serve        install missing packages, serve port 3653 in the foreground (trial)
# make check        install missing packages, run all tests (as root: in a container and a guest too)
# make check-fast   run the tests that need no container and no guest; install nothing
# make check-forks  run the tests of sessions and UDP with [server] fork = yes
# make check-san    run the tests under address and undefined behaviour sanitizers
# make check-fresh  install tspc's package on a fresh Debian in a container; SUITE=trixie: Debian 13
# make check-docs   run the commands of the documents on fresh Debian systems in containers
# make check-debian13   build, test and package in a Debian 13 chroot
# make check-distros    the same for all systems of docs/portability.md: an hour or more
# make check-long   faults, abuse, fuzzing in full: hours
# make lint         install missing packages, run all static checks; lint-NAME runs one
# make bench        take the figures of docs/performance.md (units: docs/security.md)
# make fuzz, faults, adversary, abuse, abuse-units    take the figures of docs/security.md
# make deb          build a Debian package below $B/deb
# make install      DESTDIR= prefix= sysconfdir= unitdir= ... as usual
# make install-client   install tspc, its unit and templates: nothing of the server
#
# WERROR=1 turns warnings into errors; check and lint set it. V=1 shows commands.

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
udevrulesdir ?= $(prefix)/lib/udev/rules.d
catalogdir   ?= $(prefix)/lib/systemd/catalog
networkdir   ?= $(prefix)/lib/systemd/network
nmconfdir    ?= $(prefix)/lib/NetworkManager/conf.d
completiondir ?= $(prefix)/share/bash-completion/completions
DESTDIR      ?=

CC           ?= cc
PKG_CONFIG   ?= pkg-config
INSTALL      ?= install
CFLAGS       ?= -O2 -g
SAN          ?=
B            ?= build$(SAN:%=/%)
PORT         ?= 3653
# Packages are built by compilers that we do not know: no new warning may break them
WERROR       ?= $(if $(filter check% lint%,$(MAKECMDGOALS)),1)
export WERROR

# Each session is a process, and loading a shared library costs it more time than most libraries
# spend working. Small libraries that read only our own files are linked statically. libmxml
# parses clients' bytes: it stays shared, so that the distribution's security updates reach it.
# libgsasl is loaded when a login needs it; libseccomp is used only while building.
LIBS         := $(shell pkg-config --exists mxml4 && echo mxml4 || echo mxml)
LIBS_WITHIN  := libcap-ng inih nettle
LOADED_LIBS  := libgsasl libseccomp
CTL_LIBS     := json-c

# FORTIFY needs optimisation and no sanitizer, and many distributions set it themselves
ifeq ($(SAN)$(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS))$(findstring -O0,$(CFLAGS)),)
FORTIFY      := -D_FORTIFY_SOURCE=2
endif
WARNINGS     := -Wall -Wextra $(if $(WERROR),-Werror) -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
		-Wformat=2 -Wpointer-arith -Wvla -Wundef -Wno-missing-field-initializers
HARDEN       := -fPIE -fstack-protector-strong -fno-strict-aliasing
SANITIZE     := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
ALL_CFLAGS   := -std=gnu11 $(WARNINGS) $(HARDEN) $(SANITIZE) $(CFLAGS)

# These targets install packages and start make again: pkg-config may be missing until then
ifneq ($(filter-out deps serve check check-san check-debian13 check-docs check-fresh check-distros check-long lint bench,$(or $(MAKECMDGOALS),all)),)
ALL_CPPFLAGS := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -DTSP_VERSION='"$(VERSION)"' -I. -I$B $(FORTIFY) \
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

all: # also where datapath.mk has a target before it
PROGRAMS := tsp-handler tsp-udp tspctl tspc
include datapath/datapath.mk
FOLDERS  := lib alloc auth tsp client session tunnel sandbox broker listen upkeep conformance ctl ctl/ui
PARTS    := $(DATAPATH_PARTS) $(filter-out %_gen.c,$(wildcard $(FOLDERS:%=%/*.c)))
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
$B/sandbox/syscalls_bpf.h: sandbox/syscalls_gen.c sandbox/syscalls_list.h lib/sanitized.h
	$(say) GEN $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) -std=gnu11 $(SANITIZE) -o $B/syscalls_gen $< -lseccomp
	$(Q)$B/syscalls_gen >$@.new && mv $@.new $@

$B/sandbox/syscalls.o $B/tests/unit/sandbox/test_syscalls.o: $B/sandbox/syscalls_bpf.h
$B/tests/unit/sandbox/test_syscalls: LDLIBS += -lseccomp
$B/upkeep/setup.o: ALL_CPPFLAGS += -DNET_ADMIN='"$(libexecdir)/net-admin"'
$B/ctl/policy.o: ALL_CPPFLAGS += -DPOLICY_PAGE='"$(docdir)/policy.md"'
$B/auth/library.o: ALL_CPPFLAGS += -DGSASL_SONAME='"$(GSASL_SONAME)"'

$B/libtsp.a: $(OBJECTS)
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# NAME.c has the main() of $B/NAME; PROGRAM_LIBS are the libraries that only this program needs
$(PROGRAMS:%=$B/%): %: %.o $B/libtsp.a
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS) $(PROGRAM_LIBS)

$B/tsp-udp $B/tspc: PROGRAM_LIBS := -lsystemd
$B/tspctl: PROGRAM_LIBS := $(CTL_LDLIBS)

$(TOOLS): $(TOOL_LIB)

$B/tests/%: $B/tests/%.o $B/libtsp.a
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $B/libtsp.a \
		$(LDLIBS) $(CTL_LDLIBS) -lgsasl -lcmocka

# Valgrind runs inside the handler's processes, whose filters and limits would stop it
UNBOUNDED := $B/tests/tools/handler-unbounded
$(UNBOUNDED): sandbox/syscalls.c $B/tsp-handler.o $B/tests/tools/valgrind/unbounded.o $B/libtsp.a
	$(say) LD $@
	$(Q)$(CC) $(ALL_CPPFLAGS) -DTSP_WITHOUT_SECCOMP=1 $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

# A handler whose session is in enemy hands
TAKEN_OVER := $B/tests/tools/handler-taken-over
$(TAKEN_OVER): $B/tsp-handler.o $B/tests/tools/taken-over/taken_over.o $B/libtsp.a
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

# And one where it says everything to its broker
HOSTILE := $B/tests/tools/handler-hostile
$(HOSTILE): $B/tsp-handler.o $B/tests/tools/taken-over/hostile_session.o \
		$B/tests/tools/lib/hostile.o $B/tests/tools/lib/gogoc_digest.o $B/libtsp.a
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

include tests/datapath/tests.mk
unit: $(UNIT)
include tests/faults/faults.mk
include tests/abuse/abuse.mk

tools: $(TOOLS) $(UNBOUNDED) $(TAKEN_OVER) $(HOSTILE) $(FAULTS) $(ABUSE)

clean:
	rm -rf $B

# -- run and test; deps.sh installs missing packages, then make starts again

deps:
	@scripts/deps.sh

serve:
	@scripts/deps.sh build
	@$(MAKE) --no-print-directory all
	@B='$B' PORT='$(PORT)' exec scripts/serve.sh

check:
	@scripts/deps.sh build check vm
	@MAKE='$(MAKE)' scripts/check.sh

check-fast: all unit tools
	@TSP_BUILD='$B' tests/run

# The tests of sessions once more, with sessions that are forked. Valgrind follows no process that
# is started by another one.
check-forks: all unit tools
	@TSP_BUILD='$B' TSP_FORK=yes tests/run \
		$(filter-out %/valgrind.bats,$(wildcard tests/session/*.bats tests/udp/*.bats)) tests/datapath/broker.bats

# Without files that test nothing of this build: debian (packages have their own build), layers
# (reads sources), firewall (the rules of a document), sit (a template alone); and without
# valgrind, which finds the same
SAN_NOT  := debian layers firewall sit valgrind
SAN_BATS := $(filter-out $(addprefix %/,$(SAN_NOT:%=%.bats)),$(wildcard tests/*/*.bats))
check-san:
	@scripts/deps.sh build check
	@$(MAKE) --no-print-directory -j"$$(nproc)" SAN=address,undefined all unit tools
	@TSP_BUILD='$(if $(filter-out build,$B),$B,build/address,undefined)' tests/run unit $(SAN_BATS)

check-debian13:
	@scripts/distro.sh trixie

check-fresh:
	@scripts/deps.sh build check vm
	@$(MAKE) --no-print-directory all tools
	@TSP_BUILD='$B' SUITE='$(SUITE)' tests/vm/fresh/run

check-docs:
	@scripts/deps.sh build check vm
	@$(MAKE) --no-print-directory all
	@B='$B' TSP_BUILD='$B' tests/vm/docs/run

check-distros:
	@scripts/deps.sh distros
	@scripts/check-distros.sh

check-long:
	@scripts/deps.sh build check vm lint
	@MAKE='$(MAKE)' scripts/check-long.sh

# Drawings of docs/design.md from their text; the results are in the tree
drawings: $(patsubst docs/drawings/%.dot,docs/%.svg,$(wildcard docs/drawings/*.dot))
docs/%.svg: docs/drawings/%.dot
	$(say) DOT $@
	$(Q)dot -Tsvg $< >$@.new && mv $@.new $@

# Builds a copy of the tree and runs the package's own tests
deb:
	@scripts/deps.sh build check
	@B='$B' scripts/deb.sh

lint:
	@scripts/deps.sh build check lint
	@MAKE='$(MAKE)' scripts/lint.sh $(LINTS)
include scripts/lint.mk

# -- install; DATA and EXEC list every installed file once, as SOURCE:DESTINATION

MAN      := $(filter-out docs/man/tspc.% docs/man/tspc-% $(NO_DATAPATH),$(wildcard docs/man/*.[1-8]))
UNITS    := $(filter-out %.bash $(NO_DATAPATH),$(wildcard units/tsp*))
CLIENT_UNITS := $(filter units/tspc.% units/tspc@%,$(UNITS))
SERVER_UNITS := $(filter-out $(CLIENT_UNITS),$(UNITS))
TEMPLATES := $(notdir $(filter-out $(NO_DATAPATH),$(wildcard templates/*.sh)))
etc_tsp  := $(sysconfdir)/tsp
DATA     := $(foreach f,$(MAN),$f:$(mandir)/man$(subst .,,$(suffix $f))/$(notdir $f)) \
	$(foreach f,CHANGELOG.md $(wildcard docs/*.md docs/*.example docs/*.svg),$f:$(docdir)/$(notdir $f)) \
	$(foreach f,$(filter %.socket %.service %.timer,$(SERVER_UNITS)),$B/$f:$(unitdir)/$(notdir $f)) \
	$(foreach f,$(filter %.catalog,$(SERVER_UNITS)),$f:$(catalogdir)/$(notdir $f)) \
	$(foreach f,$(filter %.rules,$(SERVER_UNITS)),$f:$(udevrulesdir)/60-$(notdir $f)) \
	$(foreach f,$(filter-out units/tspc.bash,$(wildcard units/*.bash)),$f:$(completiondir)/$(basename $(notdir $f))) \
	$(foreach f,$(wildcard units/tsp*.conf units/fail2ban/*),$f:$(docdir)/$(f:units/%=%)) \
	units/network/10-tsp.network:$(networkdir)/10-tsp.network units/network/10-tsp.conf:$(nmconfdir)/10-tsp.conf \
	units/with-net-admin.conf:$(libexecdir)/with-net-admin.conf \
	$B/units/tsp.sysusers:$(sysusersdir)/tsp.conf $B/units/tsp.tmpfiles:$(tmpfilesdir)/tsp.conf
EXEC     := $(foreach f,$(filter-out tspc,$(PROGRAMS)),$B/$f:$(sbindir)/$f) scripts/net-admin.sh:$(libexecdir)/net-admin \
	scripts/pool-routes.sh:$(libexecdir)/pool-routes
DIRS     := $(sort $(foreach f,$(DATA) $(EXEC),$(dir $(lastword $(subst :, ,$f)))))
OWN_DIRS := $(etc_tsp)/templates $(etc_tsp) $(libexecdir)/templates $(libexecdir) $(docdir)/fail2ban \
	$(docdir)
each      = set -e; for f in $1; do from=$${f%%:*} to="$(DESTDIR)$${f\#*:}"; $2; done

$B/units/%: units/% FORCE # the directories may differ from those of the last time
	@mkdir -p $(@D)
	@sed 's|@sbindir@|$(sbindir)|g; s|@sysconfdir@|$(sysconfdir)|g; s|@libexecdir@|$(libexecdir)|g' $< >$@

# The operator may change templates: a changed one stays, an unchanged one is replaced
install: all $(UNITS:%=$B/%)
	@$(call each,$(DATA),$(INSTALL) -D -m 644 "$$from" "$$to")
	@$(call each,$(EXEC),$(INSTALL) -D -m 755 "$$from" "$$to")
	@set -e; cd templates; for t in $(TEMPLATES); do \
		used='$(DESTDIR)$(etc_tsp)'/templates/$$t ours='$(DESTDIR)$(libexecdir)'/templates/$$t; \
		if [ ! -e "$$used" ] || cmp -s "$$ours" "$$used"; then $(INSTALL) -D -m 755 $$t "$$used"; \
		elif ! cmp -s $$t "$$used"; then echo "  KEEP  $$used: changed; the new one is $$ours"; fi; \
		$(INSTALL) -D -m 755 $$t "$$ours"; done
	@DESTDIR='$(DESTDIR)' TSP_ETC='$(etc_tsp)' '$(DESTDIR)$(libexecdir)/net-admin'

# Keeps what the operator made or changed. Under DESTDIR empty directories go, too
uninstall:
	@for t in $(TEMPLATES); do \
		used='$(DESTDIR)$(etc_tsp)'/templates/$$t ours='$(DESTDIR)$(libexecdir)'/templates/$$t; \
		! cmp -s "$$ours" "$$used" || rm -f "$$used"; rm -f "$$ours"; done
	@[ ! -x '$(DESTDIR)$(libexecdir)/net-admin' ] || \
		DESTDIR='$(DESTDIR)' TSP_ETC='$(etc_tsp)' '$(DESTDIR)$(libexecdir)/net-admin' remove
	@$(call each,$(DATA) $(EXEC),rm -f "$$to")
	@cd '$(DESTDIR)/' && for d in $(OWN_DIRS) $(if $(DESTDIR),$(DIRS)); do \
		rmdir $(if $(DESTDIR),-p) --ignore-fail-on-non-empty ".$$d" 2>/dev/null || :; done

# The client has nothing in common with the server but the directory /etc/tsp
CLIENT_TEMPLATES := $(notdir $(wildcard templates/client/*.sh))
CLIENT_DATA := $(foreach f,$(wildcard docs/man/tspc.[1-8] docs/man/tspc.*.[1-8] docs/man/tspc-*.[1-8]),\
		$f:$(mandir)/man$(subst .,,$(suffix $f))/$(notdir $f)) \
	$(foreach f,$(filter %.service,$(CLIENT_UNITS)),$B/$f:$(unitdir)/$(notdir $f)) \
	$(foreach f,$(filter %.catalog,$(CLIENT_UNITS)),$f:$(catalogdir)/$(notdir $f)) \
	units/tspc.bash:$(completiondir)/tspc \
	$B/units/tspc.sysusers:$(sysusersdir)/tspc.conf $B/units/tspc.tmpfiles:$(tmpfilesdir)/tspc.conf
CLIENT_EXEC := $B/tspc:$(sbindir)/tspc

install-client: $B/tspc $(CLIENT_UNITS:%=$B/%)
	@$(call each,$(CLIENT_DATA),$(INSTALL) -D -m 644 "$$from" "$$to")
	@$(call each,$(CLIENT_EXEC),$(INSTALL) -D -m 755 "$$from" "$$to")
	@set -e; cd templates/client; for t in $(CLIENT_TEMPLATES); do \
		used='$(DESTDIR)$(etc_tsp)'/client/$$t ours='$(DESTDIR)$(libexecdir)'/client/$$t; \
		if [ ! -e "$$used" ] || cmp -s "$$ours" "$$used"; then $(INSTALL) -D -m 755 $$t "$$used"; \
		elif ! cmp -s $$t "$$used"; then echo "  KEEP  $$used: changed; the new one is $$ours"; fi; \
		$(INSTALL) -D -m 755 $$t "$$ours"; done

uninstall-client:
	@for t in $(CLIENT_TEMPLATES); do \
		used='$(DESTDIR)$(etc_tsp)'/client/$$t ours='$(DESTDIR)$(libexecdir)'/client/$$t; \
		! cmp -s "$$ours" "$$used" || rm -f "$$used"; rm -f "$$ours"; done
	@$(call each,$(CLIENT_DATA) $(CLIENT_EXEC),rm -f "$$to")
	@cd '$(DESTDIR)/' && for d in $(etc_tsp)/client $(etc_tsp) $(libexecdir)/client $(libexecdir); do \
		rmdir --ignore-fail-on-non-empty ".$$d" 2>/dev/null || :; done

# liblmdb and libsqlite3 are compared with our store; only the benchmark links them
BENCH := $(patsubst %,$B/tests/bench/%,packets cpu comeback)
BENCH_TOO := $(if $(filter yes,$(DATAPATH)),$B/tests/bench/xgen)

$(BENCH): %: %.o
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $<

$B/tests/bench/alloc-bench: $B/tests/bench/alloc-bench.o $B/tests/bench/stores.o $B/libtsp.a
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS) -llmdb -lsqlite3

# tspc's mover by itself
$B/tests/bench/relay: $B/tests/bench/relay.o $B/libtsp.a
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS) -lsystemd

bench:
	@scripts/deps.sh build check bench
	@$(MAKE) --no-print-directory all tools $B/tests/bench/alloc-bench $B/tests/bench/relay $(BENCH) $(BENCH_TOO)
	@TSP_BUILD='$B' tests/bench/run $(PARTS_OF_BENCH)

# Every decoder under clang's libFuzzer, SECONDS each: see tests/fuzz/run
fuzz:
	$(Q)B=$B/fuzz tests/fuzz/run $(or $(SECONDS),10) $(TARGETS)

# A hostile session sends MESSAGES random messages to the broker: see tests/tools/adversary.c
adversary: $B/tests/tools/adversary $B/tests/tools/adversary-template
	$(Q)$B/tests/tools/adversary --messages $(or $(MESSAGES),10000000)

# The product on a real systemd, in a guest with Debian's kernel or in a container;
# SCENARIOS= selects some
check-vm check-nspawn:
	@scripts/deps.sh build check vm
	@$(MAKE) --no-print-directory all tools
	@B='$B' tests/vm/run $(@:check-%=%) $(SCENARIOS)

.PHONY: all unit tools clean deps serve check check-fast check-forks check-san check-debian13 check-docs check-fresh \
	check-distros check-long check-vm check-nspawn deb lint bench drawings fuzz adversary install uninstall install-client uninstall-client FORCE
.SECONDARY:
-include $(shell find $B -name '*.d' 2>/dev/null)
