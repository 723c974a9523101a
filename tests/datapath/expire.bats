#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# expire.bats - tspctl expire with fast.sh: leases live while their clients are heard

load ../lib/datapath

setup() {
	datapath_requires
	command -v systemd-socket-activate >/dev/null || skip "needs systemd-socket-activate"
}

@test "a client that answers pings is found present; one that is gone is silent" {
	in_world <<-'END'
		datapath start
		broker
		connect --mechanism PLAIN --user alice --password s3cret
		lease() { dd if=/run/state/users.leases bs=512 skip="$(bare tsp-tunnel list | cut -d ' ' -f 2)" count=1 status=none; }
		[[ $(lease) == *claimed* ]]
		on server tspctl expire --ping
		[[ $(lease) == *claimed* ]]
		carry client
		pings client "$TSP_SERVER_ADDRESS_IPV6"
		[[ $(only_proofs) -eq 0 ]]
		on server tspctl expire --ping 2>/run/said
		[[ $(lease) == *present* ]] || fail "$(</run/said)" "$(lease)"
		grep -q 'alice: has ' /run/said
		[[ $(only_proofs) -ge 1 ]]
		# a restore makes another generation: the client is present after the next run
		datapath stop
		datapath start
		on server tspctl restore
		[[ $(only_proofs) -eq 0 ]]
		on server tspctl expire --ping
		[[ $(lease) == *present* && $(only_proofs) -ge 1 ]]
	END
}

@test "the right to send pings ends with the socket: templates do not have it" {
	in_world <<-'END'
		datapath start
		broker
		connect --mechanism PLAIN --user alice --password s3cret
		carry client
		sed -i 's|^set -eu|&\ngrep ^Cap /proc/self/status >>/run/state/caps|' /run/fast.sh
		nsenter --net=/run/netns/server setpriv --reuid nobody --regid nogroup --clear-groups \
			--inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw --bounding-set=-all,+net_raw \
			--no-new-privs "$BUILD/tspctl" expire --ping
		[[ $(only_proofs) -ge 1 ]]
		[[ -s /run/state/caps ]]
		fails grep -E '^Cap(Prm|Eff|Inh|Amb):.*[1-9a-f]' /run/state/caps
	END
}
