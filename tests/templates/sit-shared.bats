#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# sit-shared.bats - templates/sit-shared.sh: many tunnels in one run make what many runs make
#
# nft is the real one, in a network namespace of its own; ip is one that writes down what it
# is told, since hardly any container has sit. The guest tests have both.

bats_require_minimum_version 1.5.0

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

setup() {
	[[ $EUID -eq 0 ]] || skip "needs root"
	unshare -n nft list tables || skip "needs nftables in a network namespace"
	TSP_DIR=$(mktemp -d "${TMPDIR:-/tmp}/tsp-test.XXXXXX")
	mkdir "$TSP_DIR/bin"
	cat >"$TSP_DIR/bin/ip" <<-SCRIPT
		#!/bin/sh
		case \$* in
		*-batch*) grep '^route' | sort >>"$TSP_DIR/routes" ;;
		"-6 route show dev tsp0") cat "$TSP_DIR/there" 2>/dev/null ;;
		esac
		case \$* in
		-o*) echo "tsp0: local 192.0.2.1 " ;;
		-force*) [ ! -e "$TSP_DIR/there" ] ;;
		esac
	SCRIPT
	chmod 755 "$TSP_DIR/bin/ip"
	lines >"$TSP_DIR/lines"
}

teardown() {
	[[ ${TSP_DIR:-} != */tsp-test.* ]] || rm -rf "$TSP_DIR"
}

# lines - of a batch: prefixes of all lengths from /32 to /64, none, and clients in UDP
lines() {
	local i prefix udp mode
	for i in {1..35}; do
		prefix="2001:db8:$(printf %x $(((i * 2654435761) >> 7 & 0xffff))):: 64"
		[[ $i -gt 33 ]] || prefix="$(printf '2%03x:8000:: %d' "$i" $((31 + i)))"
		[[ $((i % 7)) -ne 0 ]] || prefix='- -'
		mode=v6v4 udp='- -'
		[[ $((i % 5)) -ne 0 ]] || mode=v6udpv4 udp="$((40000 + i)) 100.64.0.$((2 * i))"
		echo "$mode router tsp$i 192.0.2.1 198.51.100.$i $udp 2001:db8:ffff::$((i + 9))a 2001:db8:ffff::$((i + 9))b $prefix user$i - $i 1900000000"
	done
}

# make STEP... - in a namespace of their own, with the tunnels of $TSP_DIR/lines:
#
#   batch, creations   all are built in one run, or one by one
#   teardown N         that of line N is taken down
#   count              packets have come and gone
#   info, infos        counters, asked for in one run, or one by one, "-" where that fails
#   list               the tables
#   from FILE          other tunnels from here on
make() {
	rm -f "$TSP_DIR/routes"
	# shellcheck disable=SC2016 # the inner shell's
	unshare -n env PATH="$TSP_DIR/bin:$PATH" T="$ROOT/templates/sit-shared.sh" LINES="$TSP_DIR/lines" bash -c '
		batch() { TSP_OPERATION=TSP_TUNNEL_BATCH "$T" <"$LINES"; }
		info() { TSP_OPERATION=TSP_TUNNEL_BATCH_INFO "$T" <"$LINES"; }
		creations() { each CREATION <"$LINES"; }
		infos() { each INFO <"$LINES"; }
		teardown() { sed -n "$1p" "$LINES" | each TEARDOWN; }
		list() { nft list ruleset; }
		from() { LINES=$1; }
		each() {
			while read -r mode _ dev ours theirs port pseudo server client prefix len _; do
				[ "$port" != - ] || port= pseudo=
				[ "$prefix" != - ] || prefix= len=
				TSP_OPERATION=TSP_TUNNEL_$1 TSP_TUNNEL_MODE=$mode TSP_TUNNEL_INTERFACE=$dev \
					TSP_SERVER_ADDRESS_IPV4=$ours TSP_CLIENT_ADDRESS_IPV4=$theirs TSP_SERVER_PORT=3653 \
					TSP_CLIENT_PORT=$port TSP_PSEUDO_ADDRESS_IPV4=$pseudo TSP_SERVER_ADDRESS_IPV6=$server \
					TSP_CLIENT_ADDRESS_IPV6=$client TSP_PREFIX=$prefix TSP_PREFIXLEN=$len "$T" </dev/null 2>"$LINES.err" ||
					{ [ $1 = INFO ] && echo -; } || { cat "$LINES.err"; exit 1; }
			done
		}
		counted() {
			echo "delete element ip tsp $1 { $2 }"
			echo "add element ip tsp $1 { $2 counter packets $3 bytes $4 $5 }"
		}
		count() {
			i=0
			while read -r mode _ _ _ theirs port pseudo _; do
				i=$((i + 1))
				case $mode in
				v6v4) counted rx $theirs $i $((100 * i)) && counted tx $theirs $((2 * i)) $((300 * i)) ;;
				*) counted rx $pseudo $i $((100 * i)) && counted udp_port $pseudo $((2 * i)) $((300 * i)) ": $port" ;;
				esac
			done <"$LINES" | nft -f -
		}
		for step; do
			$step || exit
		done' - "$@"
}

@test "many in one run: the same filter entries and routes as one by one" {
	local one many
	one=$(make creations list)
	sort -u "$TSP_DIR/routes" >"$TSP_DIR/routes.one"
	many=$(make batch list)
	sort -u "$TSP_DIR/routes" >"$TSP_DIR/routes.many"
	[[ $(grep -c 'via ::' "$TSP_DIR/routes.many") -eq 65 ]]
	diff "$TSP_DIR/routes.one" "$TSP_DIR/routes.many"
	[[ $many == *"udp_client"*"198.51.100.5 . 40005 : 100.64.0.10"* ]]
	diff <(echo "$one") <(echo "$many")
}

@test "many in one run, over those that are there: fine when they are the same, else not" {
	awk '$1 == "v6v4" {
		print $9 " via ::" $5 " metric 1024"
		if ($10 != "-") print $10 "/" $11 " via ::" $5 " metric 1024"
	}' "$TSP_DIR/lines" >"$TSP_DIR/there"
	sed -i '/^v6udpv4/d' "$TSP_DIR/lines"
	run -0 make batch
	sed -i '5s/via ::198.51.100/via ::203.0.113/' "$TSP_DIR/there"
	run -1 make batch
	[[ $output == *"no route to "* ]]
}

@test "many in one run: what needs a look at each is refused" {
	sed -i '3s/192.0.2.1/192.0.2.9/' "$TSP_DIR/lines"
	run -1 make batch
	[[ $output == *"line 3 is one for creation by itself"* ]]
}

@test "counters asked for in one run are those asked for one by one" {
	run -0 make batch count "teardown 4" "teardown 5" infos
	local one=$output
	run -0 make batch count "teardown 4" "teardown 5" info
	diff <(echo "$one") <(echo "$output")
	[[ ${#lines[@]} -eq 35 && ${lines[3]} == - && ${lines[4]} == - ]]
	# v6v4 and v6udpv4, less the headers around IPv6
	[[ ${lines[1]} == "rx_bytes=$((200 - 2 * 20)) tx_bytes=$((600 - 4 * 20)) rx_packets=2 tx_packets=4" ]]
	[[ ${lines[9]} == "rx_bytes=$((1000 - 10 * 28)) tx_bytes=$((3000 - 20 * 28)) rx_packets=10 tx_packets=20" ]]
	run -0 make info
	[[ $(sort -u <<<"$output") == - ]]
}

@test "in UDP a teardown leaves alone what is another client's by now" {
	sed -i '/^v6udpv4/!d' "$TSP_DIR/lines"
	run -0 make batch list
	local before=$output
	sed '1!d; s/ 100.64.0.10 / 100.64.0.98 /' "$TSP_DIR/lines" >"$TSP_DIR/other"
	run -0 make batch "from $TSP_DIR/other" "teardown 1" list
	diff <(echo "$before") <(echo "$output")
	run -0 make batch "teardown 1" list
	[[ $before == *"198.51.100.5 . 40005"* && $output != *"198.51.100.5 . 40005"* ]]
}
