# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # variables of lib.sh
#
# datapath.sh - datapath.sh of tests/bench, in turns with sit-shared.sh in the same boot
#
# Figures: as there; "in41-shared" and "out41-shared" are those of sit-shared.sh.

# shellcheck source=/dev/null
. ./bench.conf
systemctl stop tsp.socket tsp-udp.socket tsp-expire.timer tsp-restore.service
tsp-datapath stop >/dev/null 2>&1
PEER=/etc/tsp/templates/sit-shared.sh COUNTS="1 ${LEASES[*]}" PACKETS=10000 ROUNDS=$ROUNDS TSP_BUILD=$PWD \
	bash ./datapath-bench.sh | sed 's/^/figure\t/'
