# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# tspc.bash - what the tests of tspc have in common, beside handler.bash

# shellcheck disable=SC2034 # used by the tests
TSPC=$BUILD/tspc

# tspc_config [KEY=VALUE]... - write tspc.conf: an anonymous client of the test's server, with
# keys set or, without a value, left out
tspc_config() {
	local -A value=(
		[server]=127.0.0.1:${PORT:-3653}
		[tunnel_mode]=v6v4
		[auth_method]=anonymous
		[client_v4]=auto
		[template]=$ROOT/templates/client/print.sh
	)
	local item key
	for item; do
		value[${item%%=*}]=${item#*=}
	done
	for key in "${!value[@]}"; do
		[[ -z ${value[$key]} ]] || echo "$key=${value[$key]}"
	done >"$TSP_DIR/tspc.conf"
	chmod 600 "$TSP_DIR/tspc.conf"
}
