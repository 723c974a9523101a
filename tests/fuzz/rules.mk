# SPDX-License-Identifier: MIT
# How to link fuzz targets; tests/fuzz/run reads this after the Makefile

FUZZ_LIB := $(patsubst %,$B/tests/fuzz/%.o,fuzz stage)

$B/tests/fuzz/fuzz_%: $B/tests/fuzz/fuzz_%.o $(FUZZ_LIB) $B/libtsp.a
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)
