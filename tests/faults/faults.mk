# SPDX-License-Identifier: MIT
#
# faults.mk - what goes wrong on purpose: included by the Makefile

FAULTS := $B/tests/faults/faults
$(FAULTS): $(patsubst tests/faults/%.c,$B/tests/faults/%.o,$(wildcard tests/faults/*.c)) $(TOOL_LIB)
