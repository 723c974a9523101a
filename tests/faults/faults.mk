# SPDX-License-Identifier: MIT
#
# faults.mk - what goes wrong on purpose: included by the Makefile

# strike.c knows the registers of this one; sanitizers do not live under ptrace
FAULTS := $(if $(SAN),,$(if $(filter x86_64-%,$(shell $(CC) -dumpmachine)),$B/tests/faults/faults $B/tests/faults/jump.so))

$B/tests/faults/faults: $(patsubst tests/faults/%.c,$B/tests/faults/%.o,$(wildcard tests/faults/*.c)) \
		$(TOOL_LIB)

$B/tests/faults/jump.so: tests/faults/preload/jump.c
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) -std=gnu11 $(WARNINGS) $(CFLAGS) -fPIC -shared -o $@ $<

faults: all tools
	@TSP_BUILD='$B' tests/faults/run

.PHONY: faults
