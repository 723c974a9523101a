# SPDX-License-Identifier: MIT
#
# tests.mk - tests of the BPF programs: included by the Makefile, changes UNIT and TOOLS

BPF_TESTS := $(filter $B/tests/unit/datapath/%,$(UNIT))
BPF_MAINS := $(patsubst %,$B/tests/datapath/%,fuzz_filter bench_filter)
BPF_LIB   := $(filter-out $(BPF_MAINS:%=%.o),$(patsubst %.c,$B/%.o,\
		$(filter-out %.bpf.c,$(wildcard tests/datapath/*.c))))

ifeq ($(DATAPATH),yes)
TOOLS += $(BPF_MAINS)
else
UNIT := $(filter-out $(BPF_TESTS),$(UNIT))
endif

$(BPF_TESTS) $(BPF_MAINS): $(BPF_LIB) | $(BPF_OBJECT)
$(BPF_TESTS) $(BPF_MAINS): LDLIBS += $(shell $(PKG_CONFIG) --libs libbpf)

# INPUTS random frames, decided by the programs and by a model: see fuzz_filter.c
fuzz-filter: $B/tests/datapath/fuzz_filter
	$(Q)TSP_BUILD='$B' $< $(or $(INPUTS),10000000) $(SEED)

.PHONY: fuzz-filter
