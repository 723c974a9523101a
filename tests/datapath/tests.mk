# SPDX-License-Identifier: MIT
#
# tests.mk - unit tests of the BPF programs: included by the Makefile, changes UNIT

BPF_TESTS := $(filter $B/tests/unit/datapath/%,$(UNIT))
BPF_LIB   := $(patsubst %.c,$B/%.o,$(filter-out %.bpf.c %/fuzz_filter.c %/bench_filter.c,\
		$(wildcard tests/datapath/*.c)))

ifneq ($(DATAPATH),yes)
UNIT := $(filter-out $(BPF_TESTS),$(UNIT))
endif

$(BPF_TESTS): $(BPF_LIB) | $(BPF_OBJECT)
$(BPF_TESTS): LDLIBS += $(shell $(PKG_CONFIG) --libs libbpf)
