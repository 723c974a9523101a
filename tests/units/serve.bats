#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# serve.bats - the trial of "make serve": real tunnels, and nothing of it stays

load ../lib/datapath

setup() {
	[[ $EUID -eq 0 ]] || skip "needs root"
	local program
	for program in systemd-socket-activate ss setpriv; do
		command -v "$program" >/dev/null || skip "needs $program"
	done
}

# trial <<END - run the steps where "serve" starts scripts/serve.sh in a separate tree, and
# the client is in a private network, as the trial serves those
trial() {
	in_world < <(
		cat <<-'END'
			mkdir -p /run/tree/scripts
			cp -r "$ROOT/templates" /run/tree
			cp "$ROOT/scripts/serve.sh" "$ROOT/scripts/trial.sh" /run/tree/scripts
			chmod -R go+rX /run/tree
			unset TSP_CONFIG
			ip -n server addr add 10.1.0.1/24 dev wan0
			ip -n server route add default via 10.1.0.7
			ip -n client addr add 10.1.0.7/24 dev eth0
			export TSP_CLIENT_ADDRESS_IPV4=10.1.0.7 TSP_SERVER_ADDRESS_IPV4=10.1.0.1

			# serve - until it has said all that it says when it serves: $SERVE
			serve() {
				rm -f /run/served
				: >/run/served
				B=${B:-$BUILD} PORT=3653 nsenter --net=/run/netns/server /run/tree/scripts/serve.sh \
					>>/run/served 2>&1 </dev/null &
				SERVE=$!
				CARRIERS+=" $SERVE"
				until grep -q '^By hand' /run/served; do
					kill -0 $SERVE || fail "$(</run/served)"
					sleep 0.05
				done
			}

			# ask PROGRAM OPTION... - ask for a tunnel, and carry its packets as device $TSP_TUNNEL_MODE
			ask() {
				local line
				declare -gA GOT=()
				on client "$BUILD/tests/tools/$1" --host 10.1.0.1 --bind 10.1.0.7 "${@:2}" >/run/offer ||
					fail "$(</run/offer)" "$(</run/served)"
				while IFS= read -r line; do
					line=${line//\'/}
					GOT[${line%%=*}]=${line#*=}
				done </run/offer
				export TSP_CLIENT_ADDRESS_IPV6=${GOT[CLIENT_IPV6]} TSP_SERVER_ADDRESS_IPV6=${GOT[SERVER_IPV6]}
				export TSP_CLIENT_PORT=${GOT[PORT]:-}
				carry client "$TSP_TUNNEL_MODE"
			}

			# as_before - nothing of a trial is in the server's network
			as_before() {
				no_program
				fails ip -n server link show tsptrial0
				fails ip -n server link show tsptrial1
				[[ ! -e /run/tsptrial0-bpf && ! -e /run/netns/tsp-trial && ! -e /run/tsp-trial ]]
				[[ -z $(on server ss -Hlntu 'sport = 3653') ]]
			}

			# over - the trial, and all that it has started
			over() {
				local tries
				wait $SERVE || :
				for ((tries = 0; tries < 200; tries++)); do
					[[ -n $(on server ss -Hlntu 'sport = 3653') ]] || return 0
					sleep 0.05
				done
				fail "listeners are left"
			}
		END
		cat
	)
}

@test "clients ping through a trial's tunnels, by TCP and UDP; Ctrl-C takes all of it back" {
	datapath_requires
	trial <<-'END'
		serve
		grep -q '^Template: fast.sh' /run/served || fail "$(</run/served)"
		grep -q 'server=10.1.0.1:3653' /run/served
		export TSP_TUNNEL_MODE=v6v4
		ask tsp-client
		pings client "$TSP_SERVER_ADDRESS_IPV6"
		ip -n client link del v6v4
		export TSP_TUNNEL_MODE=v6udpv4
		ask tsp-udp-client --type v6udpv4
		pings client "$TSP_SERVER_ADDRESS_IPV6"
		kill -TERM $SERVE
		over
		as_before
	END
}

# shape - standard input without what differs between two trials: addresses and numbers
shape() {
	sed -E 's/[0-9a-f]+:[0-9a-f:]+/ADDRESS/g; s/[0-9]+(\.[0-9]+)?/N/g; s/^ +//'
}

@test "tspc --trial pings through its tunnel and says what README.md shows" {
	datapath_requires
	trial <<-'END'
		fails "$BUILD/tspc" --trial
		grep -q 'no trial is served here: run "sudo make serve"' /run/said
		on server sysctl -qw net.ipv6.conf.all.forwarding=0 net.ipv6.conf.wan0.accept_ra=1
		serve
		[[ $(on server sysctl -n net.ipv6.conf.wan0.accept_ra) == 2 ]]
		grep -q "sudo .*/tspc --trial" /run/served
		on server "$BUILD/tspc" --trial >/run/trial 2>&1 || fail "$(</run/trial)" "$(</run/served)"
		on server env TSP_CONFIG=/run/tree/run/tsp.conf tsp-datapath status >/run/status
		grep -q '^uplink .*tsptrial1' /run/status || fail "$(</run/status)"
		fails on server ip -n tsp-trial link show tspc
		kill -TERM $SERVE
		over
		as_before
		[[ $(on server sysctl -n net.ipv6.conf.all.forwarding net.ipv6.conf.wan0.accept_ra) == $'0\n1' ]]
		cp /run/trial "$BATS_TEST_TMPDIR"
	END
	[[ $(wc -l <"$BATS_TEST_TMPDIR/trial") -eq 10 ]]
	diff <(shape <"$BATS_TEST_TMPDIR/trial") <(sed -n '/^    sudo build\/tspc --trial/,/^$/{//d;p}' "$ROOT/README.md" | shape)
}

@test "from a directory that only root can read a copy serves, and not as root" {
	datapath_requires
	trial <<-'END'
		chmod 700 /run/tree
		umask 077
		# the cable gets 203.0.113.0/30, the only network that is not in use
		ip -n server addr add 192.0.2.9/24 dev wan0
		serve
		grep -q 'server=10.1.0.1:3653' /run/served || fail "$(</run/served)"
		grep -q '^Template: fast.sh' /run/served || fail "$(</run/served)"
		grep -q '^user *= nobody$' /run/tsp-serve/tsp.conf
		[[ ! -e /run/tree/run ]]
		on server "$BUILD/tspc" --trial >/run/trial 2>&1 || fail "$(</run/trial)" "$(</run/served)"
		kill -TERM $SERVE
		over
		as_before
	END
}

@test "a trial that was killed is taken back by the next one, which has its tunnels" {
	datapath_requires
	trial <<-'END'
		serve
		export TSP_TUNNEL_MODE=v6v4
		ask tsp-client
		kill -KILL $SERVE
		over
		ip -n server link show tsptrial0 >/dev/null
		serve
		on server env TSP_CONFIG=/run/tree/run/tsp.conf tsp-datapath status | grep -q ' 1  epoch'
		pings client "$TSP_SERVER_ADDRESS_IPV6"
		kill -TERM $SERVE
		over
		as_before
	END
}

@test "a second trial, and a port that is taken, are refused before anything is served" {
	datapath_requires
	trial <<-'END'
		serve
		fails env B="$BUILD" PORT=3654 nsenter --net=/run/netns/server /run/tree/scripts/serve.sh
		grep -q 'another .make serve. runs in this directory' /run/said
		fails grep -q Serving /run/said
		mkdir /run/other
		cp -r /run/tree/scripts /run/tree/templates /run/other
		fails env B="$BUILD" PORT=3653 nsenter --net=/run/netns/server /run/other/scripts/serve.sh
		grep -q 'port 3653 is taken' /run/said
		fails grep -q Serving /run/said
		on server env TSP_CONFIG=/run/tree/run/tsp.conf tsp-datapath status | grep -q '^uplink .*wan0 .*native'
		kill -TERM $SERVE
		over
	END
}

@test "without the data path the trial says why, and gives offers without tunnels" {
	datapath_requires
	trial <<-'END'
		mkdir /run/build
		for program in tsp-handler tsp-udp tspctl; do ln -s "$BUILD/$program" /run/build; done
		B=/run/build serve
		grep -q '^Template: print.sh, .*: built without clang and libbpf' /run/served || fail "$(</run/served)"
		on client "$BUILD/tests/tools/tsp-client" --host 10.1.0.1 --bind 10.1.0.7 >/run/offer
		kill -TERM $SERVE
		over
		as_before
	END
}

@test "where no uplink can be used the trial serves tsp-trial alone, and says why" {
	datapath_requires
	trial <<-'END'
		ip -n server tuntap add point mode tun
		ip -n server addr add 10.3.0.1/24 dev point
		ip -n server link set point up
		ip -n server route replace default via 10.3.0.2
		serve
		grep -q '^Template: fast.sh, for tsp-trial alone: point: ' /run/served || fail "$(</run/served)"
		on server "$BUILD/tspc" --trial >/run/trial 2>&1 || fail "$(</run/trial)" "$(</run/served)"
		kill -TERM $SERVE
		over
		ip -n server route del default
		serve
		on server "$BUILD/tspc" --trial >/run/trial 2>&1 || fail "$(</run/trial)" "$(</run/served)"
		kill -TERM $SERVE
		over
		as_before
	END
}
