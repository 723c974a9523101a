# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# nspawn.sh - run in a container; sourced by run, which says what work and base are

all=(units journal inetd burst listen orders flood)

prepare() {
	echo "print ${*:-${all[*]}}" >"$work/tree/opt/tsp-test/plan"
	tree=$work/tree template=print configure
	echo "${BREAK-journal units burst}" >"$work/tree/opt/tsp-test/break"
	: >"$work/out"
	mkdir -p /run/systemd/nspawn # it complains when /run is on disk
}

boot() {
	exec timeout --foreground -k 5 "${LIMIT:-900}" systemd-nspawn -q -D "$work/tree" -b --link-journal=no --register=no --keep-unit \
		--private-network --bind="$work/out:/run/host-out" systemd.setenv=TSP_TEST_OUT=/run/host-out \
		>"$work/console" 2>&1
}
