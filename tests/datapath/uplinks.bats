#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# uplinks.bats - what tsp-datapath attaches to, beside whom, and what it refuses

load ../lib/datapath

setup() {
	datapath_requires
}

@test "an uplink that is no more one loses its program" {
	in_world <<-'END'
		cable far eth1 server wan1
		UPLINK='wan0 wan1' config
		datapath start
		[[ $(on server bpftool net show | grep -c '^wan[01]') -eq 2 ]]
		config
		datapath start
		fails grep '^wan1' <(on server bpftool net show)
		ip -n server link set wan1 name wan7
		UPLINK='wan0 wan7' config
		datapath start
		[[ $(on server bpftool net show | grep -c '^wan[07]') -eq 2 ]]
	END
}

@test "without [server] uplink: where the default routes lead" {
	in_world <<-'END'
		sed -i '/^uplink/d' /run/tsp.conf
		refused 'no IPv4 default route yet' datapath start
		ip -n server route add default via 198.51.100.254
		datapath start
		datapath status | grep -q '^uplink  *wan0  *native$'
	END
}

@test "on a bridge: its ports carry the programs, TCP passes" {
	in_world <<-'END'
		ip -n server link add bridge type bridge
		ip -n server addr flush dev wan0
		ip -n server link set wan0 master bridge
		ip -n server link set bridge up
		ip -n server addr add 198.51.100.1/24 dev bridge
		UPLINK=bridge config
		ip -n server link set wan0 nomaster
		refused 'bridge: has no device below it yet' datapath start
		ip -n server link set wan0 master bridge
		UPLINK='bridge wan0 bridge' config
		datapath start
		datapath status | grep -q '^uplink  *wan0  *native$'
		up tunnel 7 v6v4 198.51.100.7
		both_ways
		tcp client far 2001:db8:6::2
		tcp far client "$TSP_CLIENT_ADDRESS_IPV6"
	END
}

@test "behind a VLAN: the device below carries the program" {
	in_world <<-'END'
		ip -n server link add link wan0 name wan0.7 type vlan id 7 2>/dev/null || skip 'this kernel has no VLAN'
		ip -n client link add link eth0 name eth0.7 type vlan id 7
		ip -n server addr flush dev wan0
		ip -n client addr flush dev eth0
		ip -n server addr add 198.51.100.1/24 dev wan0.7
		ip -n client addr add 198.51.100.7/24 dev eth0.7
		ip -n server link set wan0.7 up
		ip -n client link set eth0.7 up
		UPLINK=wan0.7 config
		datapath start
		datapath status | grep -q '^uplink  *wan0  *native$'
		up tunnel 7 v6v4 198.51.100.7
		both_ways
		tcp client far 2001:db8:6::2
	END
}

@test "TCP, both ways, protocol 41 and UDP" {
	in_world <<-'END'
		datapath start
		up tunnel 7 v6v4 198.51.100.7
		tcp client far 2001:db8:6::2
		tcp far client "$TSP_CLIENT_ADDRESS_IPV6"
		template TEARDOWN
		tunnel 8 v6udpv4 198.51.100.7 40000
		template CREATION
		carry client udp
		tcp client far 2001:db8:6::2
		tcp far client "$TSP_CLIENT_ADDRESS_IPV6"
	END
}

@test "a firewall that is emptied or that drops all tunnel packets changes nothing" {
	in_world <<-'END'
		datapath start
		up tunnel 7 v6v4 198.51.100.7
		on server nft flush ruleset
		both_ways
		on server nft -f - <<-RULES
			table ip filter {
				chain input { type filter hook input priority 0; policy drop; }
				chain forward { type filter hook forward priority 0; policy drop; }
				chain output { type filter hook output priority 0; policy drop; }
			}
		RULES
		both_ways
	END
}

@test "two brokers side by side" {
	in_world <<-'END'
		cable far eth1 server wan1
		ip -n server addr add 203.0.113.1/24 dev wan1
		ip -n far addr add 203.0.113.7/24 dev eth1
		datapath start
		up tunnel 7 v6v4 198.51.100.7
		both_ways
		cp /run/tsp.conf /run/first.conf
		sed 's/^uplink.*/uplink = wan1\ndevice = six1/; s/2001:db8:ffff::/2001:db8:eeee::/
			s/2001:db8:1000::/2001:db8:2000::/; s/2001:db8:a::/2001:db8:b::/' /run/first.conf >/run/second.conf
		on server tsp-datapath -c /run/second.conf start
		both_ways
		on server tsp-datapath -c /run/second.conf status | grep -q '^uplink  *wan1  *native$'
		fails grep -E 'spoofed|foreign' <(on server tsp-datapath -c /run/second.conf status)
		# one uplink has room for one of them
		sed -i 's/^uplink.*/uplink = wan1 wan0/' /run/second.conf
		refused "wan0: another broker's XDP program 'tsp_in' is there already" \
			on server tsp-datapath -c /run/second.conf start
		on server tsp-datapath -c /run/second.conf stop
		both_ways
		[[ $(on server bpftool net show | grep -c '^wan0') -eq 1 ]]
		[[ ! -e /run/six1-bpf && -e /run/tsp0-bpf ]]
	END
}

@test "what cannot be attached says why in one line, and nothing is half attached" {
	in_world <<-'END'
		clean() {
			[[ ! -e /run/tsp0-bpf ]]
			fails ip -n server link show tsp0
			no_program
		}
		UPLINK=nowhere config
		refused 'nowhere: no such device, named in [server] uplink' datapath start
		clean
		UPLINK='wan0 lo' config
		refused 'lo: not an Ethernet device' datapath start
		clean
		# the program of somebody else stays
		on server ip link set up0 xdpgeneric obj "$BUILD/tests/datapath/other.bpf.o" sec xdp
		UPLINK='wan0 up0' config
		refused "up0: the XDP program 'other' is there already" datapath start
		clean
		on server bpftool net show | grep -q '^up0'
		config
		ip -n server link add tsp0 type bridge
		refused 'tsp0 or tsp0x: there is another device of that name' datapath start
		ip -n server link del tsp0
		clean
		config 'user = nosuchuser'
		sed -i '/^user = nobody/d' /run/tsp.conf
		refused "user 'nosuchuser' of [server] user" datapath start
		clean
		config
		ip -n server addr flush dev wan0
		refused 'no IPv4 address yet' datapath start
		clean
		refused 'Operation not permitted' bare_in_server tsp-datapath start
		clean
	END
}

@test "a kernel without BPF, and one that forbids it" {
	command -v strace >/dev/null || skip "needs strace"
	in_world <<-'END'
		export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
		# with_error ERROR - a start whose system calls for BPF fail with that
		with_error() {
			on server strace -qqq -o /dev/null -e trace=bpf -e inject=bpf:error=$1 tsp-datapath start
		}
		clean() {
			[[ ! -e /run/tsp0-bpf ]]
			fails ip -n server link show tsp0
			no_program
		}
		refused 'this kernel has no BPF, and sit.sh needs none' with_error ENOSYS
		clean
		refused 'Operation not permitted' with_error EPERM
		clean
	END
}

@test "a driver without XDP: the program runs in front of the stack, and tunnels work" {
	in_world <<-'END'
		# a frame that does not fit into a page is more than a veth takes with XDP
		ip -n client link set eth0 mtu 9000
		ip -n server link set wan0 mtu 9000
		datapath start
		datapath status | grep -q '^uplink  *wan0  *generic'
		up tunnel 7 v6v4 198.51.100.7
		both_ways
	END
}

@test "maps of another version, and none at all" {
	in_world <<-'END'
		# a refused start leaves no program and no device behind
		clean() {
			fails ip -n server link show tsp0
			no_program
		}
		tunnel 7 v6v4 198.51.100.7
		refused '/run/tsp0-bpf: not there: run tsp-datapath start' bare tsp-tunnel add
		mkdir /run/tsp0-bpf # and nothing is mounted there
		refused '/run/tsp0-bpf/tsp_shared: not there: run tsp-datapath start' bare tsp-tunnel add
		rmdir /run/tsp0-bpf
		datapath mount
		bpftool map create /run/tsp0-bpf/tsp_users type array key 4 value 24 entries 1001 name tsp_users flags 1024
		refused 'tsp_users is of another version: run tsp-datapath stop' datapath start
		clean
		rm /run/tsp0-bpf/tsp_users
		datapath start
		rm /run/tsp0-bpf/tsp_users
		bpftool map create /run/tsp0-bpf/tsp_users type array key 4 value 24 entries 1001 name tsp_users flags 1024
		chmod 666 /run/tsp0-bpf/tsp_users
		refused 'tsp_users is of another version: run tsp-datapath stop' bare tsp-tunnel add
		refused 'tsp_users is of another version: run tsp-datapath stop' datapath start
		datapath stop
		datapath start
		up tunnel 7 v6v4 198.51.100.7
		both_ways
	END
}

@test "two network namespaces that share /run do not meet" {
	in_world <<-'END'
		datapath start
		up tunnel 7 v6v4 198.51.100.7
		# the client's machine has devices of the same names and numbers
		sed 's/^uplink.*/uplink = eth0/' /run/tsp.conf >/run/second.conf
		refused '/run/tsp0-bpf is of another network namespace' \
			on client tsp-datapath -c /run/second.conf start
		fails ip -n client link show tsp0
		refused '/run/tsp0-bpf is of another network namespace' \
			on client tsp-datapath -c /run/second.conf stop
		both_ways
		[[ $(counted epoch) -eq 0 ]]
	END
}
