#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# fresh.bats - tspc's package on a fresh Debian with systemd, the project's server at the other end
#
# The tests are one story, in one boot. "make check-fresh" runs them, with the tree and the
# package that tests/vm/fresh/run made.

# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154 # variables of the libraries and of bats
load ../../lib/handler
load ../../lib/tspc
load ../../lib/netns
load machine

setup_file() {
	requires root systemd-nspawn ss systemd-socket-activate
	[[ -n ${PACKAGE:-} ]] || skip "needs the tree and the package of make check-fresh"
	net_begin
	LAN=tspl$$
	machine_prepare
	net_serve
	machine_boot "$CLI"
	export TSP_DIR SRV CLI LAN MACHINE NSPAWN
}

teardown_file() {
	machine_end
	net_end
}

setup() {
	[[ ! -e $TSP_DIR/failed ]] || skip "a test before this one has failed"
	CLIENT=(ip netns exec "$CLI") # of in_cli; arrays are not exported
}

teardown() {
	[[ -z ${BATS_TEST_COMPLETED:-} && -z ${BATS_TEST_SKIPPED:-} ]] || return 0
	touch "$TSP_DIR/failed"
	inside journalctl -q -n 30 -o short-monotonic --no-pager >&2 || true
}

# conf [NAME] <<LINES - the configuration, with the owner and the mode that the package gave it
conf() {
	cat >"/proc/$LEADER/root/etc/tsp/${1:-tspc}.conf"
}

# shows PROPERTY [UNIT] - of the service
shows() {
	inside systemctl show --value -P "$1" "${2:-tspc.service}"
}

# entries MATCH... - messages of tspc in the journal
entries() {
	inside journalctl --sync
	inside journalctl -q -o cat --no-pager -t tspc "$@"
}

# processes - of tspc
processes() {
	# shellcheck disable=SC2016 # expanded there
	inside sh -c 'for p in /proc/[0-9]*; do [ "$(cat $p/comm)" != tspc ] || echo $p; done' 2>/dev/null
}

# runs_instead_of PID - the service runs, as another process
runs_instead_of() {
	[[ $(shows MainPID) != "$1" && $(shows ActiveState) == active ]]
}

# conf_of_alice - the three lines
conf_of_alice() {
	conf <<-CONF
		server=192.0.2.1
		userid=alice
		passwd=s3cret
	CONF
}

# works - an address, a route, a ping
works() {
	wait_until 20 tspc_state up || fail "$(cat "$RUNTIME_DIRECTORY"/*)"
	in_cli ip -6 addr show dev tspc | grep -q "$(tspc_value address)/128"
	in_cli ip -6 route show default | grep -q 'dev tspc'
	wait_until 10 reaches 2001:db8:99::1
	inside ping -6 -c 1 -W 5 -q 2001:db8:99::1
}

# like_before - the same as before tspc was ever started; its run directory stays, and is empty
like_before() {
	diff "$TSP_DIR/before" <(snapshot) || fail "left behind"
}

@test "apt installs the package with its dependencies; nothing is enabled, nothing runs" {
	# shellcheck disable=SC2016 # expanded there
	run -0 inside sh -c 'cd /root && apt-get -q -y install ./tspc_*.deb'
	[[ $(inside systemctl is-enabled tspc || true) == disabled ]]
	[[ $(shows ActiveState) == inactive ]]
	[[ $(inside stat -c '%a %U:%G' /etc/tsp/tspc.conf) == "640 root:tspc" ]]
	inside mkdir -p /run/tspc
	snapshot >"$TSP_DIR/before"
}

@test "three lines and enable --now: an address, a route, a ping" {
	conf_of_alice
	run -0 inside systemctl enable --now tspc
	[[ $(shows ActiveState) == active && $(shows Type) == notify ]]
	works
	[[ $(tspc_value server) == 192.0.2.1 ]]
	# Users may ask
	run -0 inside setpriv --reuid nobody --regid nogroup --clear-groups tspc status
	[[ $output == *"state           up"* ]]
}

@test "systemd shows address and server, and the unit is exposed by at most 2.2" {
	[[ $(shows StatusText) == "$(tspc_value address) by 192.0.2.1, v6v4" ]] || fail "$(shows StatusText)"
	[[ $(shows WatchdogUSec) == 2min && $(shows NRestarts) == 0 ]]
	[[ $(inside stat -c %U "/proc/$(shows MainPID)") == tspc ]]
	run inside systemd-analyze security --no-pager --threshold=22 tspc.service
	[[ $status -eq 0 ]] || fail "$output"
}

@test "the journal has the events, with their fields and their explanations" {
	[[ $(entries TSP_EVENT=up TSP_SERVER=192.0.2.1 TSP_USER=alice TSP_DEVICE=tspc \
		"TSP_ADDRESS=$(tspc_value address)" PRIORITY=5) == "up: $(tspc_value address) on tspc, v6v4 to 192.0.2.1, carried by "* ]] ||
		fail "$(entries)"
	run -0 inside journalctl -q -x --no-pager -t tspc TSP_EVENT=up
	[[ $output == *"The tunnel to 192.0.2.1 is up"* ]] || fail "$output"
}

@test "a restart has the same address again" {
	local address
	address=$(tspc_value address)
	inside systemctl restart tspc
	works
	[[ $(tspc_value address) == "$address" ]]
	[[ -n $(entries TSP_EVENT=down PRIORITY=6) ]]
}

@test "killed, it comes back, and leaves nothing twice" {
	local pid
	pid=$(shows MainPID)
	inside sh -c "kill -KILL $pid"
	wait_until 30 runs_instead_of "$pid"
	works
	[[ $(in_cli ip -6 route show default | grep -c 'dev tspc') -le 2 ]]
	[[ $(shows NRestarts) == 1 ]]
}

@test "a tspc that hangs is noticed by the watchdog and started again" {
	local pid
	inside mkdir -p /run/systemd/system/tspc.service.d
	inside sh -c 'printf "[Service]\nWatchdogSec=2\n" >/run/systemd/system/tspc.service.d/watchdog.conf'
	inside systemctl daemon-reload
	inside systemctl restart tspc
	works
	pid=$(shows MainPID)
	inside sh -c "kill -STOP $pid"
	wait_until 30 runs_instead_of "$pid"
	[[ $(inside journalctl -q -u tspc --no-pager | grep -c 'Watchdog timeout') -eq 1 ]]
	works
	inside rm -r /run/systemd/system/tspc.service.d
	inside systemctl daemon-reload
}

@test "systemctl stop leaves no address, route, device or nft rule" {
	inside systemctl stop tspc
	like_before
	[[ -z $(processes) ]]
	run -111 inside tspc status
}

@test "tspc@: a second tunnel with its own file, device and status" {
	inside systemctl start tspc
	conf tspc-second <<-CONF
		server=192.0.2.1
		userid=bob
		passwd=swordfish
		tunnel_mode=v6udpv4
		if_tunnel_v6udpv4=second
	CONF
	inside sh -c 'chown root:tspc /etc/tsp/tspc-second.conf && chmod 640 /etc/tsp/tspc-second.conf'
	run -0 inside systemctl start tspc@second
	works
	[[ $(shows StatusText tspc@second) == *"by 192.0.2.1, v6udpv4" ]] || fail "$(shows StatusText tspc@second)"
	in_cli ip link show dev second
	run -0 inside tspc -f /etc/tsp/tspc-second.conf status
	inside systemctl stop tspc@second
	run -1 in_cli ip link show dev second
	works
	inside systemctl stop tspc
	like_before
}

@test "a mistake in the configuration is told once and not tried again" {
	conf <<<'server=192.0.2.1 and more'
	run ! inside systemctl start tspc
	[[ $(shows ActiveState) == failed && $(shows ExecMainStatus) == 100 && $(shows NRestarts) == 0 ]]
	[[ $(entries -n 5) == *"/etc/tsp/tspc.conf:1: server: neither a name nor an IPv4 address"* ]] || fail "$(entries -n 5)"
	inside systemctl reset-failed tspc
	like_before
}

@test "without a server the boot is not held up: the service waits, says why, and gets its tunnel" {
	conf <<<'server=192.0.2.1:3654'
	run -0 inside systemctl start tspc
	[[ $(shows StatusText) == "waiting: 192.0.2.1 port 3654 (TCP): refuses the connection"* ]] || fail "$(shows StatusText)"
	[[ -n $(entries TSP_EVENT=no-tunnel TSP_SERVER=192.0.2.1 PRIORITY=3) ]]
	conf_of_alice
	inside systemctl restart tspc
	works
}

@test "an upgrade restarts what runs, and nothing else" {
	local pid
	pid=$(shows MainPID)
	inside systemctl start tspc@second
	# shellcheck disable=SC2016 # expanded there
	run -0 inside sh -c 'cd /root && apt-get -q -y install --reinstall ./tspc_*.deb'
	[[ $(shows MainPID) != "$pid" ]]
	works
	[[ $(shows ActiveState tspc@second) == active ]]
	[[ $(inside cat /etc/tsp/tspc.conf) == server=192.0.2.1$'\n'* ]]
}

# files_of_manual - write the files of the example of networkd.sh in tspc-template(7), in the machine
files_of_manual() {
	awk -v root="/proc/$LEADER/root" '
		/networkd\.sh$/ { networkd = 1 }
		networkd && /^\.Bd -literal/ { inside = 1; next }
		/^\.Ed/ { inside = networkd = 0 }
		inside && /^(#|\/\/) \// { file = root $2; next }
		inside { print >file }' "$ROOT/docs/man/tspc-template.7"
}

@test "a router by networkd.sh, with the rights that tspc-template(7) gives to the unit's user" {
	local before
	inside systemctl stop tspc tspc@second
	lan_begin "$LAN"
	run -0 inside apt-get -q -y install dbus polkitd
	inside systemctl start dbus systemd-networkd
	conf_of_alice
	printf '%s\n' host_type=router prefixlen=56 if_prefix=lan template=networkd >>"/proc/$LEADER/root/etc/tsp/tspc.conf"
	before=$(snapshot)

	inside systemctl start tspc
	wait_until 20 tspc_state waiting || fail "without the rights" "$(cat "$RUNTIME_DIRECTORY"/*)"
	[[ $(entries) == *"networkd.sh: tspc: cannot write to /run/systemd/network"* ]] || fail "$(entries)"
	inside systemctl stop tspc
	as_before "$before"

	inside mkdir -p /etc/tmpfiles.d /etc/systemd/system/tspc.service.d /etc/polkit-1/rules.d
	files_of_manual
	inside systemd-tmpfiles --create tspc-networkd.conf
	inside systemctl daemon-reload
	inside systemctl start tspc
	works
	lan_works "$(tspc_value prefix)" || fail "$(entries)"
	inside systemctl stop tspc
	wait_until 10 is_snapshot "$before" || as_before "$before"
	[[ -z $(inside ls /run/systemd/network) ]]

	inside systemctl stop systemd-networkd
	ip netns del "$LAN"
	inside rm -r /etc/tmpfiles.d/tspc-networkd.conf /etc/systemd/system/tspc.service.d /etc/polkit-1/rules.d/50-tspc.rules
	inside systemctl daemon-reload
	like_before
}

@test "purged, it stops, and nothing of it stays" {
	run -0 inside apt-get -q -y purge tspc
	[[ -z $(processes) ]]
	like_before
	run inside sh -c 'find / -xdev -path "*tspc*" ! -path "/root/*" ! -path "/var/cache/apt/*" ! -path "/var/lib/apt/*" ! -path "/var/log/*"'
	[[ -z $output ]] || fail "$output"
}
