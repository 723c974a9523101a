# SPDX-License-Identifier: MIT
#
# tests.mk - unit tests of the BPF programs: included by the Makefile

DATAPATH_TESTS := $(if $(filter yes,$(DATAPATH)),$(patsubst tests/datapath/%.c,$B/tests/datapath/%,\
		$(wildcard tests/datapath/test_*.c tests/datapath/fuzz_*.c)))
DATAPATH_TEST_LIB := $(patsubst %.c,$B/%.o,$(filter-out %.bpf.c,$(filter-out tests/datapath/test_% \
		tests/datapath/fuzz_%,$(wildcard tests/datapath/*.c))))

$(DATAPATH_TESTS): $B/tests/datapath/%: $B/tests/datapath/%.o $(DATAPATH_TEST_LIB) $(BPF_OBJECT)
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$(filter-out $(BPF_OBJECT),$^)) \
		$(shell $(PKG_CONFIG) --libs libbpf) -lcmocka

$B/tests/datapath/%.o: ALL_CPPFLAGS += -DRUN_OBJECT='"$(abspath $(BPF_OBJECT))"'
