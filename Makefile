# SPDX-License-Identifier: MIT
#
# make            build tsp-handler and tspctl
# make serve      install what is missing, serve port 3653 in the foreground (trial)
# make check      install what is missing, run all tests
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
B            ?= build
SAN          ?=

LIBS         := libsystemd mxml libcap-ng libgsasl libseccomp inih nettle
CTL_LIBS     := json-c

# FORTIFY needs optimisation and no sanitizer, and many distributions set it themselves
ifeq ($(SAN)$(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS))$(findstring -O0,$(CFLAGS)),)
FORTIFY      := -D_FORTIFY_SOURCE=2
endif
WARNINGS     := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
		-Wformat=2 -Wpointer-arith -Wvla -Wundef
HARDEN       := -fPIE -fstack-protector-strong -fno-strict-aliasing
SANITIZE     := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
ALL_CFLAGS   := -std=gnu11 $(WARNINGS) $(HARDEN) $(SANITIZE) $(CFLAGS)
ALL_CPPFLAGS := -D_GNU_SOURCE -DTSP_VERSION='"$(VERSION)"' -I. $(FORTIFY) \
		$(shell $(PKG_CONFIG) --cflags $(LIBS) $(CTL_LIBS)) $(CPPFLAGS)
ALL_LDFLAGS  := -pie -Wl,-z,relro,-z,now,--as-needed $(SANITIZE) $(LDFLAGS)
LDLIBS       := $(shell $(PKG_CONFIG) --libs $(LIBS))
CTL_LDLIBS   := $(shell $(PKG_CONFIG) --libs $(CTL_LIBS))

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-5s %s\n'
endif

PROGRAMS := tsp-handler $(if $(wildcard tspctl.c),tspctl)
PARTS    := $(wildcard lib/*.c alloc/*.c broker/*.c tsp/*.c ctl/*.c)
OBJECTS  := $(PARTS:%.c=$B/%.o)
UNIT     := $(patsubst tests/unit/%.c,$B/tests/unit/%,$(wildcard tests/unit/test_*.c))
TOOLS    := $(patsubst tests/tools/%.c,$B/tests/tools/%,$(wildcard tests/tools/*.c))

all: $(PROGRAMS:%=$B/%)

$B/%.o: %.c
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$B/libtsp.a: $(OBJECTS)
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$B/tsp-handler: $B/tsp-handler.o $B/libtsp.a
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

$B/tspctl: $B/tspctl.o $B/libtsp.a
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS) $(CTL_LDLIBS)

$B/tests/%: $B/tests/%.o $B/libtsp.a
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS) $(CTL_LDLIBS) -lcmocka

unit: $(UNIT)
tools: $(TOOLS)

clean:
	rm -rf $B

.PHONY: all unit tools clean
.SECONDARY:
-include $(shell find $B -name '*.d' 2>/dev/null)
