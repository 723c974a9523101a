#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# start.bats - tsp-datapath: start, again, killed, stop; tunnels and capacities meanwhile

load ../lib/datapath

setup() {
	datapath_requires
}

@test "started again under traffic, with other capacities: no packet is lost" {
	in_world <<-'END'
		datapath start
		up anonymous 5 v6v4 198.51.100.7
		before=$(echo_replies far)
		on far ping -6 -q -n -i 0.01 -c 300 "$TSP_CLIENT_ADDRESS_IPV6" >/run/flow &
		flow=$!
		for USERS in 1000 2000 3000 100 100; do
			ANONYMOUS=$((USERS / 10)) config
			datapath start
			sleep 0.4
		done
		wait $flow || fail "$(</run/flow)"
		# counted by the kernel: ping does not wait for late answers
		all_answered() { [[ $(echo_replies far) -eq $((before + 300)) ]]; }
		soon all_answered
		[[ $(counted epoch) -eq 0 ]]
		datapath status | grep -q 'anonymous  *1  of 10$'
		# those of the moment between copy and change are not counted
		[[ $(template INFO) =~ rx_packets=([0-9]+) && ${BASH_REMATCH[1]} -ge 200 ]]
	END
}

@test "a capacity that has no room for a tunnel is refused, and nothing changes" {
	in_world <<-'END'
		datapath start
		up tunnel 900 v6v4 198.51.100.7
		USERS=899 config
		refused 'tsp_users: capacity is 899 now, and lease 900 has a tunnel' datapath start
		both_ways
		USERS=900 config
		datapath start
		both_ways
		tunnel 901 v6v4 198.51.100.7
		fails template CREATION
	END
}

@test "a host whose IPv6 is off hears what is off" {
	in_world <<-'END'
		on server sysctl -qw net.ipv6.conf.default.disable_ipv6=1
		refused 'IPv6 is off: sysctl net.ipv6.conf.default.disable_ipv6 is 1' datapath start
		no_program
		on server sysctl -qw net.ipv6.conf.default.disable_ipv6=0
		datapath start
	END
}

@test "stop leaves nothing behind" {
	in_world <<-'END'
		datapath start
		up tunnel 7 v6v4 198.51.100.7
		datapath stop
		silent client 2001:db8:6::2
		fails ip -n server link show tsp0
		no_program
		[[ ! -e /run/tsp0-bpf ]]
		[[ -z $(ip -n server -6 route show 2001:db8:1000::/36) ]]
		datapath stop
		fails datapath status
	END
}

@test "stop --keep-tunnels, start: the tunnels are there" {
	in_world <<-'END'
		datapath start
		up tunnel 7 v6v4 198.51.100.7
		both_ways
		datapath stop --keep-tunnels
		silent client 2001:db8:6::2
		tunnel 8 v6v4 198.51.100.8
		template CREATION
		datapath start
		tunnel 7 v6v4 198.51.100.7
		both_ways
		datapath status | grep -q 'users  *2  of 1000$'
	END
}

@test "programs of a data path whose maps and device are gone are found" {
	in_world <<-'END'
		datapath start
		ip -n server link del tsp0
		umount /run/tsp0-bpf
		datapath start
		up tunnel 7 v6v4 198.51.100.7
		both_ways
		umount /run/tsp0-bpf
		datapath stop
		no_program
	END
}

@test "tunnels made for other pools are refused by the name of the key" {
	in_world <<-'END'
		datapath start
		up tunnel 7 v6v4 198.51.100.7
		LINK=2001:db8:eeee::/64 config
		refused '[pool users] link is not what the tunnels of tsp0 were made for' datapath start
		both_ways
		datapath stop
		datapath start
		fails template CREATION
	END
}

@test "tunnels are written by permission of the file alone" {
	in_world <<-'END'
		datapath start
		tunnel 7 v6v4 198.51.100.7
		template CREATION
		GROUP=daemon refused 'Permission denied' bare tsp-tunnel add
		# the broker's group reads what it may not write
		[[ $(stat -c '%U %G %a' /run/tsp0-bpf) == 'root nogroup 750' ]]
		[[ $(stat -c '%U %G %a' /run/tsp0-bpf/tsp_users) == 'root nogroup 660' ]]
		[[ $(stat -c '%U %G %a' /run/tsp0-bpf/tsp_shared) == 'root nogroup 640' ]]
	END
}

@test "requests that do not fit are refused" {
	in_world <<-'END'
		tunnel 7 v6v4 198.51.100.7
		refused '/run/tsp0-bpf: not there: run tsp-datapath start' bare tsp-tunnel add
		datapath start
		TSP_CLIENT_ADDRESS_IPV6=2001:db8:ffff::11 refused "not that lease's address" bare tsp-tunnel add
		TSP_CLIENT_ADDRESS_IPV6=2001:db8:77::f refused 'in no pool' bare tsp-tunnel add
		TSP_CLIENT_ADDRESS_IPV4=198.51.100 refused "TSP_CLIENT_ADDRESS_IPV4: not valid: '198.51.100'" bare tsp-tunnel add
		TSP_TUNNEL_MODE=v4v6 refused "TSP_TUNNEL_MODE: not valid: 'v4v6'" bare tsp-tunnel add
		TSP_TUNNEL_MODE=v6udpv4 refused 'TSP_CLIENT_PORT: not set' bare tsp-tunnel add
		TSP_LEASE=-1 refused "TSP_LEASE: not valid: '-1'" bare tsp-tunnel add
		tunnel 1001 v6v4 198.51.100.7
		refused 'beyond the capacity' bare tsp-tunnel add
		anonymous 5 v6v4 198.51.100.7
		TSP_CLIENT_ADDRESS_IPV4=198.51.100.8 refused 'not the address of that endpoint' bare tsp-tunnel add
	END
}

@test "a batch of 52,760 tunnels, their counters, and one line that is wrong" {
	in_world <<-'END'
		USERS=60000 config
		datapath start
		awk 'BEGIN { for (i = 1; i <= 52760; i++)
			printf "v6v4 host tsp%d 198.51.100.1 10.%d.%d.%d - - 2001:db8:ffff::%x 2001:db8:ffff::%x:%x - - user - %d 1800000000\n",
				i, i / 65536, i / 256 % 256, i % 256, 2 * i, (2 * i + 1) / 65536, (2 * i + 1) % 65536, i }' |
			sed 's/::0:/::/' >/run/lines
		TSP_OPERATION=TSP_TUNNEL_BATCH bare "$ROOT/templates/fast.sh" </run/lines
		datapath status | grep -q 'users  *52760  of 60000$'
		TSP_OPERATION=TSP_TUNNEL_BATCH_INFO bare "$ROOT/templates/fast.sh" </run/lines >/run/info
		[[ $(wc -l </run/info) -eq 52760 ]]
		[[ $(sort -u /run/info) == 'rx_bytes=0 tx_bytes=0 rx_packets=0 tx_packets=0 proof_packets=0' ]]
		# those that are not there
		tunnel 3 v6v4 10.0.0.3
		template TEARDOWN
		TSP_OPERATION=TSP_TUNNEL_BATCH_INFO bare "$ROOT/templates/fast.sh" </run/lines >/run/info
		[[ $(sed -n 3p /run/info) == - && $(grep -c rx_ /run/info) -eq 52759 ]]
		sed -i '3s/v6v4 host/v6v4/' /run/lines
		fails env TSP_OPERATION=TSP_TUNNEL_BATCH setpriv --reuid nobody --regid nogroup --clear-groups "$ROOT/templates/fast.sh" </run/lines
	END
}

@test "a start that may not mount uses the directory that is mounted" {
	in_world <<-'END'
		datapath mount
		datapath mount
		[[ $(stat -f -c %T /run/tsp0-bpf) == bpf_fs && ! -e /run/tsp0-bpf/tsp_users ]]
		nsenter --net=/run/netns/server unshare -m --propagation slave tsp-datapath start
		up tunnel 7 v6v4 198.51.100.7
		both_ways
		UPLINK=nowhere config
		fails datapath start
		both_ways
	END
}

@test "the capabilities that its unit leaves it are enough, and each is needed" {
	in_world <<-'END'
		# with CAPABILITIES... - start with these in the bounding set
		with() {
			nsenter --net=/run/netns/server setpriv --no-new-privs --inh-caps=-all \
				--bounding-set="-all$(printf ',+%s' "$@")" tsp-datapath start
		}
		read -ra all < <(sed -n 's/^CapabilityBoundingSet=//p' "$ROOT/units/tsp-datapath.service" |
			tr A-Z a-z | sed 's/cap_//g')
		[[ ${#all[@]} -ge 3 ]]
		datapath mount
		with "${all[@]}"
		with "${all[@]}"
		up tunnel 7 v6v4 198.51.100.7
		both_ways
		for one in "${all[@]}"; do
			datapath stop
			datapath mount
			fails with $(printf '%s\n' "${all[@]}" | grep -v $one)
		done
	END
}

@test "a refusal by the verifier has the verifier's words" {
	in_world <<-'END'
		datapath mount
		# without CAP_PERFMON it takes no pointer arithmetic
		refused 'the kernel does not take the programs, and sit.sh needs none: Permission denied (R' \
			nsenter --net=/run/netns/server setpriv --no-new-privs --inh-caps=-all \
			--bounding-set=-all,+net_admin,+bpf,+chown tsp-datapath start
	END
}

@test "a pool that is gone takes its routes and address along" {
	in_world <<-'END'
		datapath start
		ip -n server -6 route add 2001:db8:1000:aa00::/56 dev tsp0 metric 99
		sed -i '/^.pool users/,$d' /run/tsp.conf
		datapath start
		[[ $(ip -n server -6 route show dev tsp0 | sort) == \
			"2001:db8:1000:aa00::/56 metric 99 pref medium"$'\n'*"2001:db8:a::/64 via fe80::1 "* ]]
		fails grep -E 'ffff|1000::' <(ip -n server -6 route show dev tsp0)
		[[ $(ip -n server -6 -o addr show dev tsp0 | grep -c inet6) -eq 1 ]]
		up anonymous 5 v6v4 198.51.100.7
		both_ways
	END
}

@test "status says what is missing, start brings it back" {
	in_world <<-'END'
		# lacks TEXT - status says so, and that something is missing; --faults says nothing else
		lacks() {
			local status=0
			datapath status >/run/status || status=$?
			[[ $status -eq 1 ]] && grep -q "$1" /run/status || fail "$(</run/status)"
			status=0
			datapath status --faults >/run/faults || status=$?
			[[ $status -eq 1 && $(wc -l </run/faults) -eq 1 ]] || fail "--faults: $(</run/faults)"
			[[ $(grep "$1" /run/status | tr -s ' ') == "$(</run/faults)" ]] || fail "--faults: $(</run/faults)"
		}
		lacks '^device  *tsp0  *not started'
		datapath mount
		lacks '^device  *tsp0  *not started'
		datapath start
		datapath status
		[[ -z $(datapath status --faults) ]]
		up tunnel 7 v6v4 198.51.100.7
		on server sysctl -qw net.ipv4.ip_forward=1
		on server sysctl -qw net.ipv4.ip_forward=0
		lacks '^missing  *forwarding  *run tsp-datapath start'
		silent far "$TSP_CLIENT_ADDRESS_IPV6"
		datapath start
		both_ways
		on server sysctl -qw net.ipv6.conf.all.forwarding=0
		lacks '^missing  *forwarding  *sysctl net.ipv6.conf.all.forwarding=1'
		on server sysctl -qw net.ipv6.conf.all.forwarding=1
		on server ip link set wan0 xdp off
		lacks '^uplink  *wan0  *not attached'
		datapath start
		ip -n server link del tsp0
		lacks '^missing  *tsp0  *the device'
		datapath start
		on server tc qdisc del dev tsp0x clsact
		lacks '^missing  *tsp0x  *the program'
		datapath start
		ip -n server link set tsp0 down
		lacks '^missing  *tsp0  *it is down'
		datapath start
		datapath status
		both_ways
		ip -n server -6 route del 2001:db8:1000::/36
		lacks '^missing  *tsp0  *its address or a route; run tsp-datapath start'
		datapath start
		datapath status
	END
}

@test "status: a program of an earlier start, and what tsp.conf says otherwise" {
	in_world <<-'END'
		# lacks TEXT - status says so, and that something is missing; a start mends it
		lacks() {
			local status=0
			datapath status >/run/status || status=$?
			[[ $status -eq 1 ]] && grep -q "$1" /run/status || fail "$(</run/status)"
			[[ ${2-} ]] || datapath start
			[[ ${2-} ]] || datapath status
		}
		mount -t bpf bpf /mnt
		datapath start
		on server bpftool prog pin id "$(on server bpftool net show dev wan0 | sed -n 's/^wan0.* id \([0-9]*\).*/\1/p')" /mnt/old
		datapath start
		datapath status
		on server ip link set dev wan0 xdp off
		on server ip link set dev wan0 xdp pinned /mnt/old
		lacks '^uplink  *wan0  *[a-z]*, of an earlier start; run tsp-datapath start'
		USERS=2000 config
		lacks '^changed  *\[pool users\] capacity: run systemctl reload tsp-datapath'
		ANONYMOUS=100 USERS=2000 config
		lacks '^changed  *\[pool anonymous\] capacity: '
		config "udp_port = 3654"
		datapath start
		config
		lacks '^changed  *\[server\] udp_port: '
		ip -n server addr add 198.51.100.9/24 dev wan0
		lacks '^changed  *\[server\] address or local'
		config "local = 198.51.100.9"
		lacks '^changed  *\[server\] address or local'
		config "local = 198.51.100.9" "keepalive = 0"
		lacks '^changed  *\[server\] keepalive'
		config "local = 198.51.100.77" # which this machine does not have
		lacks '^changed  *this machine:  *tsp-datapath start fails' left
		LINK=2001:db8:fffe::/64 config "local = 198.51.100.9" "keepalive = 0"
		lacks '^changed  *\[pool users\] link: run tsp-datapath stop, ' left
	END
}

@test "a start that is killed at any moment is mended by the next one" {
	command -v strace >/dev/null || skip "needs strace"
	in_world <<-'END'
		# leaks cannot be looked for under ptrace
		export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
		# killed CALL NUMBER - start, up to that system call
		killed() {
			nsenter --net=/run/netns/server strace -o /dev/null -e trace="$1" \
				-e inject="$1:signal=KILL:when=$2" tsp-datapath start 2>/dev/null || :
		}
		datapath start
		up anonymous 5 v6v4 198.51.100.7
		ANONYMOUS=40 USERS=200 config
		nsenter --net=/run/netns/server strace -c -o /run/counts tsp-datapath start
		calls=0
		for call in bpf sendto rename unlink; do
			all=$(awk -v call=$call '$NF == call { print $4 }' /run/counts)
			for ((n = 1; n <= ${all:-0}; n += 1 + all / 12)); do
				ANONYMOUS=$((32 + ++calls % 5)) USERS=$((100 + calls % 7)) config
				killed $call $n
			done
		done
		[[ $calls -ge 20 ]]
		datapath start
		datapath status
		both_ways
		fails grep -e -new <(ls /run/tsp0-bpf)
		datapath stop
		no_program
		[[ ! -e /run/tsp0-bpf ]]
		# and one that never came to its end
		for n in 1 10 20 40 60 80; do
			killed bpf $n
			datapath stop
			no_program
		done
		datapath start
		template CREATION
		both_ways
	END
}
