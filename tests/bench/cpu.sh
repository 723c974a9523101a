#!/bin/bash
# SPDX-License-Identifier: MIT
#
# cpu.sh - processor time of an anonymous session, and of its indispensable parts alone
#
# The template is a shell script with one `ip -batch` of two commands. In its own network
# namespace, as an ordinary user with CAP_NET_ADMIN, as under the unit. Lines as cpu.c
# prints them. Needs root.
set -euo pipefail

# shellcheck source=tests/bench/server.bash
. "$(dirname "$0")/server.bash"
bench_begin "" # below $BENCH_DIR
ROUNDS=${ROUNDS:-7} SESSIONS=${SESSIONS:-50}
cp "$B/tsp-handler" "$B/tests/bench/cpu" "$dir/"
${CC:-cc} -O2 -static -o "$dir/noop" tests/bench/noop.c
cat >"$dir/template.sh" <<-'EOF'
	#!/bin/sh
	set -eu
	ip -batch - <<-END
		route replace local $TSP_SERVER_ADDRESS_IPV6 dev lo
		route replace $TSP_CLIENT_ADDRESS_IPV6 dev lo
	END
EOF
chmod 755 "$dir/template.sh"
cat >"$dir/batch" <<-EOF
	route replace local 2001:db8:a:0:7f01:1:0:2 dev lo
	route replace 2001:db8:a:0:7f01:1:0:3 dev lo
EOF
bench_config "$dir/template.sh" <<-CONF
	[pool anonymous]
	link = 2001:db8:a::/64
CONF
export dir ROUNDS SESSIONS
# shellcheck disable=SC2016 # the inner shell's
unshare -n sh -c 'ip link set lo up
	exec setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps +net_admin --ambient-caps +net_admin \
		"$dir/cpu" "$ROUNDS" "$SESSIONS" "$dir/tsp-handler" "$dir/noop" "$dir/batch"' 2>"$dir/log" || {
	tail -n 5 "$dir/log" >&2
	exit 1
}
