# SPDX-License-Identifier: MIT
#
# datapath.mk - the data path: programs for the kernel, and those that load and use them
#
# The programs are compiled by clang and carried inside tsp-datapath. Without clang or
# libbpf everything else is built, and make says so.

CLANG        ?= clang
DATAPATH     := $(shell command -v $(CLANG) >/dev/null && $(PKG_CONFIG) --exists libbpf && echo yes)
BPF_CFLAGS   ?= -O2 -g
BPF_OBJECT   := $B/datapath/bpf/tsp.bpf.o
DATAPATH_NEEDS := datapath/load.c datapath/attach.c datapath/identify.c datapath/why.c \
		datapath/overview.c datapath/start.c datapath/moved.c datapath/stop.c datapath/object.c

BPF_COMPILE   = $(CLANG) -target bpf -mcpu=v3 -std=gnu11 $(BPF_CFLAGS) -Wall -Wextra $(if $(WERROR),-Werror) -I. \
		-I/usr/include/$(MULTIARCH)
# gcc prints x86_64-linux-gnu; clang 19 has no -print-multiarch and prints x86_64-pc-linux-gnu
MULTIARCH    := $(firstword $(shell { $(CC) -print-multiarch; $(CC) -dumpmachine; } 2>/dev/null | sed 's/-pc-/-/'))

ifeq ($(DATAPATH),yes)
tools: $B/tests/datapath/other.bpf.o
PROGRAMS     += tsp-datapath tsp-tunnel
DATAPATH_PARTS := $(wildcard datapath/*.c)
else
DATAPATH_PARTS := $(filter-out $(DATAPATH_NEEDS),$(wildcard datapath/*.c))
# not to be installed
NO_DATAPATH  := docs/man/tsp-datapath.8 docs/man/tsp-tunnel.8 units/tsp-datapath% templates/fast.sh
all: say-no-datapath
endif

say-no-datapath:
	@echo '  NO    tsp-datapath, tsp-tunnel: they need clang and libbpf-dev'

# No stack protector and no sanitizer of the rest: this runs in the kernel
$(BPF_OBJECT): datapath/bpf/tsp.bpf.c $(wildcard datapath/bpf/*.h)
	$(say) BPF $<
	@mkdir -p $(@D)
	$(Q)$(BPF_COMPILE) -c -o $@ $<

$B/tests/%.bpf.o: tests/%.bpf.c
	$(say) BPF $<
	@mkdir -p $(@D)
	$(Q)$(BPF_COMPILE) -c -o $@ $<

$B/datapath/object.o: $(BPF_OBJECT)
$B/datapath/object.o: ALL_CPPFLAGS += -DOBJECT_FILE='"$(BPF_OBJECT)"'

$B/tsp-datapath: PROGRAM_LIBS = $(shell $(PKG_CONFIG) --libs libbpf)

# The generator of tests/bench/datapath.sh
$B/tests/bench/xgen: $B/tests/bench/xgen.o $B/tests/bench/xgen.bpf.o $B/tests/bench/discard.bpf.o
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(shell $(PKG_CONFIG) --libs libbpf)

.PHONY: say-no-datapath
