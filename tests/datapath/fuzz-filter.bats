#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# fuzz-filter.bats - the BPF programs decide as a model does; make fuzz-filter runs longer

setup() {
	TSP_BUILD=${TSP_BUILD:-$BATS_TEST_DIRNAME/../../build}
	export TSP_BUILD
	[[ $EUID -eq 0 ]] || skip "loading BPF needs root"
	[[ -e $TSP_BUILD/datapath/bpf/tsp.bpf.o ]] || skip "built without clang"
}

@test "200,000 random frames: no difference to the model, and each decision is made" {
	run "$TSP_BUILD/tests/datapath/fuzz_filter" 200000
	echo "$output"
	[[ $status -eq 0 && $output == *"200000 inputs, no difference" ]]
}
