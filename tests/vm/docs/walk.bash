# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# walk.bash - follow a document on a machine; beside handler, tspc, netns, blocks and machine.bash
#
# A function before a block may change $BLOCK, its text, and $INPUT, what its commands read. One after it sees
# $output. Both have names that tests/docs/blocks.txt uses.

# shellcheck disable=SC2034,SC2153,SC2154 # variables of the libraries

# -- the machines

network_begin() {
	test_begin
	SRV=tsps$$ CLI=tspc$$ NET_PIDS=() LEADER=
	CLIENT=(ip netns exec "$CLI")
	mkdir "$TSP_DIR/run"
	ip netns add "$SRV"
	ip netns add "$CLI"
	in_cli sysctl -qw net.ipv6.conf.default.accept_dad=0
	ip link add name eth0 netns "$SRV" type veth peer name eth0 netns "$CLI"
	in_srv ip addr add 192.0.2.1/24 dev eth0
	in_cli ip addr add 198.51.100.9/24 dev eth0
	# A veth leaves checksums to the hardware, which the program at the other end does not know
	in_cli ethtool -K eth0 tx off >/dev/null
	in_srv ip link set lo up
	in_cli ip link set lo up
	in_srv ip link set eth0 up
	in_cli ip link set eth0 up
	in_srv ip route add default via 198.51.100.9 dev eth0 onlink
	in_cli ip route add default via 192.0.2.1 dev eth0 onlink
	in_srv ip addr add 2001:db8:99::1/128 dev lo # a host of the internet
}

# boot_machine - with the rights that the data path needs
boot_machine() {
	echo '127.0.1.1 machine' >>"$MACHINE/etc/hosts" # nobody answers what sudo asks
	: >"$MACHINE/etc/resolv.conf"
	machine_boot "$SRV" --capability=CAP_BPF,CAP_PERFMON --system-call-filter=bpf --resolv-conf=off --hostname=machine
	export RUNTIME_DIRECTORY=$TSP_DIR/run # of tspc at the other end
}

# source_machine - has the source, and what was built of it: make finds nothing left to do
source_machine() {
	MACHINE_TREE=$SOURCE_TREE
	machine_mount
	"$ROOT/scripts/copy-tree.sh" "$MACHINE/root/tsp-handler"
	mkdir -p "$MACHINE/root/tsp-handler/build"
	tar -C "$BUILD" -c --exclude=./tests --exclude=./deb . | tar -C "$MACHINE/root/tsp-handler/build" -x
	boot_machine
}

# package_machine - has the package where scripts/deb.sh leaves it
package_machine() {
	MACHINE_TREE=$PACKAGE_TREE
	machine_mount
	mkdir -p "$MACHINE/root/tsp-handler/build/deb"
	cp "$PACKAGE" "$MACHINE/root/tsp-handler/build/deb/"
	machine_fetch "/root/tsp-handler/build/deb/${PACKAGE##*/}"
	boot_machine
	PACKAGED=1
}

# file_there PATH - standard input becomes that file of the machine
file_there() {
	inside mkdir -p "${1%/*}"
	inside tee "$1" >/dev/null
}

# -- the walk

# walk DOCUMENT
walk() {
	local first row n=0 count=0
	while IFS= read -r first <&4; do
		n=$((n + 1))
		row=$(block_row "$1" "$first")
		BLOCK=$(block "$1" $n) INPUT=''
		[[ -z ${PACKAGED:-} ]] || BLOCK=${BLOCK//\/usr\/local/\/usr}
		step "$1" "${row%%|*}" 4<&-
	done 4< <(document_blocks "$1")
	[[ $count -gt 0 ]] || fail "$1: no block was run"
}

# step DOCUMENT CLASS - do what the class says with $BLOCK
step() {
	local word words status=0
	read -ra words <<<"$2"
	case ${words[0]} in
	run | client | file) ;;
	*) return 0 ;;
	esac
	count=$((count + 1))
	for word in "${words[@]:1}"; do
		STEP="$1: $word"
		[[ $word != '<'* ]] || "${word:1}"
	done
	case ${words[0]} in
	run) output=$(inside bash -euc "cd /root/tsp-handler; $BLOCK" <<<"$INPUT" 2>&1 3>&- 4<&-) || status=$? ;;
	client) client_starts ;;
	file) file_there "${words[1]}" <<<"$BLOCK" ;;
	esac
	[[ $status -eq 0 ]] || fail "$1: exit status $status" "$BLOCK" "-- prints" "$output"
	for word in "${words[@]:1}"; do
		[[ $word == '>'* ]] || continue
		STEP="$1: $word"
		after "${word:1}"
	done
	STEP=
}

# walk_stopped - where, for a test that has failed
walk_stopped() {
	[[ -z ${STEP:-} ]] || printf '%s\n' "$STEP" "$BLOCK" "-- the last output is" "$output"
	inside journalctl -q -n 30 -o short-monotonic --no-pager
}

# after NAME - "says_TEXT" looks for a text in the output
after() {
	case $1 in
	says_*) says "${1#says_}" ;;
	*) "$1" ;;
	esac
}

# says TEXT...
says() {
	local text
	for text; do
		[[ $output == *"$text"* ]] || fail "does not say: $text" || return
	done
}

# -- before a block

# configured - what README.md and operating.md ask the reader to set: this network is not of the internet
configured() {
	inside sed -i 's|^#accept = .*|accept = 198.51.100.0/24|' /etc/tsp/tsp.conf
}

# no_broker - the last command tells that the client has no tunnel
no_broker() {
	BLOCK+=' || [ $? -eq 1 ]'
}

password() {
	INPUT=s3cret
}

# firewall - the server's rules of firewall.md
firewall() {
	local n
	n=$(document_blocks firewall.md | grep -nm1 '/nft -f' | cut -d: -f1)
	block firewall.md "$n" | inside nft -f -
}

# without_remarks - the commands of a block that has remarks in a second column
without_remarks() {
	BLOCK=$(while IFS= read -r line; do echo "${line%%   *}"; done <<<"$BLOCK")
}

# alices_address - the documents' addresses, lease and day are another user's, long ago
alices_address() {
	local lease address prefix
	read -r lease address prefix < <(inside tspctl show --json alice |
		jq -r 'if type == "array" then .[0] else . end | "\(.lease) \(.address) \(.prefix)"')
	BLOCK=$(sed -e "s|2001:db8:1000:700::1|${prefix%/*}1|g; s|2001:db8:ffff::f|$address|; s|TSP_LEASE=7|TSP_LEASE=$lease|" \
		-e "s|sed -n 8p|sed -n $((lease + 1))p|" \
		-e "s|2026-11-22|yesterday|; s|2026-11-24|tomorrow|; s|2026-11-23 14:05|$(date -u '+%F %H:%M:%S')|" <<<"$BLOCK")
}

# backup_of_today - the document restores Monday's
backup_of_today() {
	BLOCK=${BLOCK/leases.Mon/leases.$(inside date +%a)}
}

mine() {
	inside cp /etc/tsp/templates/fast.sh /etc/tsp/templates/mine.sh
}

# -- the client

# client_starts - by the configuration in $BLOCK
client_starts() {
	sed -e 's|^server=.*|server=192.0.2.1|' -e "s|^template=.*|template=$ROOT/templates/client/linux.sh|" \
		-e '/^if_prefix=/s/=.*/=lo/' <<<"$BLOCK" >"$TSP_DIR/tspc.conf"
	chmod 600 "$TSP_DIR/tspc.conf"
	client_runs
}

client_runs() {
	"${CLIENT[@]}" "$TSPC" -f "$TSP_DIR/tspc.conf" >>"$TSP_DIR/tspc.log" 2>&1 </dev/null 3>&- 4<&- &
	CLIENT_PID=$!
	NET_PIDS+=("$CLIENT_PID")
}

# client_again - it comes back at once: by itself it would notice after some pings
client_again() {
	kill "$CLIENT_PID"
	wait "$CLIENT_PID" || :
	client_runs
	client_pings
}

tunnel_carries() {
	tspc_state up && reaches 2001:db8:99::1
}

client_pings() {
	wait_until 30 tunnel_carries || fail "no tunnel" "$(cat "$TSP_DIR/tspc.log" "$RUNTIME_DIRECTORY"/*)"
}

# client_works - a client of README.md: alice gets a tunnel
client_works() {
	BLOCK=$(printf '%s\n' server= userid=alice passwd=s3cret template=)
	client_starts
	client_pings
}

# client_waits - the machine's own client is installed, and finds no broker of that name
client_waits() {
	says 'state           waiting' 'broker.example.net: Temporary failure in name resolution'
	inside systemctl disable -q --now tspc.service
}

# -- after a block

next_step_told() {
	says '/usr/share/doc/tsp-handler/README.Debian'
	run -0 inside cat /usr/share/doc/tsp-handler/README.Debian
	says operating.md
	inside test -e /usr/share/doc/tsp-handler/operating.md
}

nothing_wrong() {
	[[ $output != *tsp.conf:* ]]
}

uplink_found() {
	says 'uplink     eth0'
	[[ $output != *missing* && $output != *changed* ]]
}

ranges_unreachable() {
	[[ $(grep -c '^unreachable 2001:db8:' <<<"$output") -eq 3 ]]
}

alice_shown() {
	says alice 198.51.100.9 2001:db8:ffff: 'dev tsp0' ' has '
}

healthy() {
	says 'tunnels     ok' sound
	[[ $output != *degraded* && $output != *down* && $output != *unknown* ]]
}

no_lease() {
	run inside tspctl show alice
	[[ $status -eq 1 || $output != *active* ]]
}

address_blocked() {
	run -0 inside tspctl block
	says 198.51.100.7
	run -0 inside nft list chain inet host input
	says 'ip saddr 198.51.100.7 tcp dport 3653'
	inside tspctl unblock 198.51.100.7
}

capacity_larger() {
	nothing_wrong
	run -0 inside tspctl stats
	says 131072
	inside systemctl reload tsp-datapath # as the text behind the block says
}

# moved - the client has an address of the new range
moved() {
	client_again
	run -0 inside tspctl check --tunnels
	run -0 inside tspctl show alice
	says 2001:db8:fffe:
}

# nothing_moves - the same again
nothing_moves() {
	says 'Finished with result: success'
	inside tspctl check --tunnels
}

backup_made() {
	inside test -s "/var/backups/tsp/leases.$(inside date +%a)"
}

tunnel_back() {
	says '1 restored'
	client_pings
}

removed() {
	run inside systemctl cat tsp.socket
	[[ $status -ne 0 ]]
	inside test -e /etc/tsp/tsp.conf
}

tunnels_counted() {
	says alice 'uplink     eth0' 'tunnels'
}

alice_in_journal() {
	says alice
}

journald_takes_it() {
	inside systemctl restart systemd-journald
	run -0 inside journalctl -q --no-pager -b -u systemd-journald
	[[ $output != *Unknown* && $output != *Failed\ to\ parse* ]]
}

unit_takes_it() {
	inside systemctl daemon-reload
	[[ $(inside systemctl show --value -P LogLevelMax tsp@1.service) == 7 ]] # debug
}

without_deviation() {
	says '# 0 failed'
}
