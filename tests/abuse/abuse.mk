# SPDX-License-Identifier: MIT
#
# abuse.mk - hostile clients, and honest ones among them: included by the Makefile

ABUSE := $B/tests/abuse/abuse
$(ABUSE): $(patsubst tests/abuse/%.c,$B/tests/abuse/%.o,$(wildcard tests/abuse/*.c))

abuse: all tools
	@TSP_BUILD='$B' tests/abuse/run
	@TSP_BUILD='$B' tests/abuse/udp

abuse-units: all tools
	@B='$B' tests/abuse/units
	@B='$B' tests/vm/run nspawn flood

.PHONY: abuse abuse-units
