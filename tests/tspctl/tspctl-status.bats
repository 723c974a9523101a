#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-status.bats - status: healthy, degraded, down
#
# Each test runs in a network of its own, with sockets that the test opens, and with a
# systemctl of the test's in place of the machine's.

# shellcheck disable=SC2016,SC2154 # expanded by the shell that is started; set by run
load ../lib/handler
load ../lib/tspctl
load ../lib/journal

setup() {
	ctl_begin
	requires root jq unshare nc
	journal_begin
	units active active inactive
}

teardown() {
	ctl_end
}

# units TIMER RESTORE EXPIRE [SECONDS] - states of units; the timer has run SECONDS ago (60)
units() {
	cat >"$TSP_DIR/bin/systemctl" <<-SCRIPT
		#!/bin/sh
		printf '%s\n' "LastTriggerUSec=@$(($(date +%s) - ${4:-60}))" Id=tsp-expire.timer ActiveState=$1 '' \
			Id=tsp-expire.service ActiveState=$3 '' Id=tsp-restore.service ActiveState=$2
	SCRIPT
	chmod 755 "$TSP_DIR/bin/systemctl"
}

# status [WITHOUT]... - "tspctl status" where all is well but for some things: tcp, udp,
# forwarding, systemd; its JSON is $output and its exit status $status
status() {
	run --separate-stderr unshare -mn --propagation private bash -c '
		without=" $2 "
		ip link set lo up
		[[ $without == *" forwarding "* ]] || echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
		mount -t tmpfs tmpfs /run
		[[ $without == *" systemd "* ]] || mkdir -p /run/systemd/system
		pids=()
		if [[ $without != *" tcp "* ]]; then
			nc -l 0.0.0.0 3653 </dev/null >/dev/null 2>&1 & pids+=($!)
			until grep -q ":0E45 .* 0A " /proc/net/tcp; do sleep 0.02; done
		fi
		if [[ $without != *" udp "* ]]; then
			nc -u -l 0.0.0.0 3653 </dev/null >/dev/null 2>&1 & pids+=($!)
			until grep -q ":0E45 " /proc/net/udp; do sleep 0.02; done
		fi
		PATH=$3:$PATH "$0" --json status
		status=$?
		kill "${pids[@]}" 2>/dev/null
		exit $status' "$CTL" - "$*" "$TSP_DIR/bin" 3>&-
}

# part NAME - "STATE: TEXT" of a part
part() {
	json ".[] | select(.part == \"$1\") | .state + \": \" + .text"
}

# degraded, down, healthy - the exit status that monitoring sees
degraded() { [[ $status -eq 1 ]] || fail "status $status" "$output"; }
down() { [[ $status -eq 2 ]] || fail "status $status" "$output"; }
healthy() { [[ $status -eq 0 ]] || fail "status $status" "$output" "$stderr"; }

@test "all is well: exit status 0, each part in a row" {
	fill users 1 20
	status
	healthy
	[[ $(json '.[].part' | paste -sd ' ') == 'version tcp setup template forwarding timer restore users anonymous served state state refused' ]] || fail "$output"
	[[ $(json '[.[].state] | unique | .[]') == ok ]] || fail "$output"
	[[ $(part users) == 'ok: 20 of 64 leases, 31 % full, 20 granted and 0 ended in a day, full in 2 days like that' ]] || fail "$output"
	[[ $(part served) =~ ^ok:\ last\ lease\ granted\ 20..-..-..T..:..:..Z$ ]] || fail "$output"
}

@test "nobody listens: down, and the command that helps" {
	status tcp
	down
	[[ $(part tcp) == "down: nothing listens on port 3653: 'systemctl start tsp.socket'" ]] || fail "$output"
}

@test "no UDP socket matters where the template has tunnels in UDP" {
	status udp
	healthy
	sed -i '2i # TSP-Modes: v6v4 v6udpv4' "$TSP_DIR/template.sh"
	status udp
	degraded
	[[ $(part udp) == degraded:*tsp-udp.socket* ]] || fail "$output"
	status
	healthy
}

@test "forwarding off: degraded" {
	status forwarding
	degraded
	[[ $(part forwarding) == "degraded: off: 'sysctl net.ipv6.conf.all.forwarding=1'" ]] || fail "$output"
}

@test "units: stopped, failed, late; unknown without systemd" {
	units inactive active inactive
	status
	degraded
	[[ $(part timer) == "degraded: tsp-expire.timer is stopped"* ]] || fail "$output"
	units active active failed
	status
	degraded
	[[ $(part timer) == "degraded: tsp-expire failed"* ]] || fail "$output"
	units active active inactive 7200
	status
	degraded
	[[ $(part timer) == "degraded: tsp-expire is late"* ]] || fail "$output"
	units active failed inactive
	status
	degraded
	[[ $(part restore) == "degraded: failed"* ]] || fail "$output"
	units active inactive inactive
	status
	degraded
	[[ $(part restore) == "degraded: not done since the boot"* ]] || fail "$output"
	status systemd
	healthy
	[[ $(part timer) == "unknown: systemd does not answer" && -z $(part restore) ]] || fail "$output"
}

@test "files: missing and damaged are down, a damaged line is degraded" {
	fill users 1 3
	scribble users 2 500 x
	status
	degraded
	[[ $(part users) == "degraded: 1 damaged lines"* ]] || fail "$output"
	rm "$TSP_DIR/state/anonymous.leases"
	status
	down
	[[ $(part anonymous) == "down: no allocation file: 'tspctl check'" ]] || fail "$output"
	truncate -s 700 "$TSP_DIR/state/users.leases"
	status
	down
	[[ $(part users) == "down: the allocation file is damaged"* ]] || fail "$output"
}

@test "a pool that is nearly full, and leases that are overdue" {
	fill users 1 58
	status
	degraded
	[[ $(part users) == "degraded: 58 of 64 leases, 90 % full, 58 granted and 0 ended in a day, full in 0 days like that: 'tspctl resize users'" ]] || fail "$output"
	fill users 1 1 active 100000 -3600
	status
	degraded
	[[ $(part users) == "degraded: 1 leases ended and still have tunnels: 'tspctl expire'" ]] || fail "$output"
}

@test "mistakes that tsp-handler -n names: degraded" {
	chmod 644 "$TSP_DIR/template.sh"
	status
	degraded
	[[ $(part setup) == "degraded: 1 mistake: 'tsp-handler -n' names it" && $stderr == *'not an executable file'* ]] ||
		fail "$output" "$stderr"
}

@test "the trend of a pool: what was granted, and what ended" {
	fill users 1 10 active 500000
	fill users 20 4 active 3600
	fill users 30 3 expired 500000 -3600
	fill users 40 2 expired 500000 -400000
	status
	healthy
	[[ $(part users) == 'ok: 14 of 64 leases, 21 % full, 4 granted and 3 ended in a day, full in 50 days like that' ]] || fail "$output"
	fill users 33 1 expired 500000 -3600
	status
	[[ $(part users) == 'ok: 14 of 64 leases, 21 % full, 4 granted and 4 ended in a day' ]] || fail "$output"
}

@test "a template that this kernel cannot run: down, and tsp-handler -n and check say it" {
	[[ $(status && part template) == "ok: $TSP_DIR/template.sh: v6v4, on Linux $(uname -r)" ]] || fail "$output"
	sed -i '2i # TSP-Devices: veth no-such-kind' "$TSP_DIR/template.sh"
	status
	down
	[[ $(part template) == "down: $TSP_DIR/template.sh: this kernel cannot make a device of kind 'no-such-kind'" ]] || fail "$output"
	run -100 "$HANDLER" -n </dev/null
	[[ $output == *"template: this kernel cannot make a device of kind 'no-such-kind': '$TSP_DIR/template.sh'"* ]] || fail "$output"
	run -2 --separate-stderr "$CTL" check
	[[ $output == *"setup: 1 mistake: 'tsp-handler -n' names it"*'1 finding' && $stderr == *no-such-kind* ]] || fail "$output" "$stderr"
	run -2 --separate-stderr "$CTL" check --json
	[[ $(json '.[0].kind') == setup ]] || fail "$output"
	sed -i '2s/.*/# TSP-Devices: veth/' "$TSP_DIR/template.sh"
	run -0 "$CTL" check
	status
	healthy
}

@test "the state: files, what they were made for, and whether they were made here" {
	status
	[[ $(part state | sed 's/[0-9a-f]\{16\}/ID/' | paste -sd +) == \
		'ok: users: ID, link 2001:db8:ffff::/64, prefix 2001:db8:1000::/36 in /56+ok: anonymous: ID, link 2001:db8:a::/64' ]] ||
		fail "$output"
	sed -i 's/^users [0-9a-f]*/users 0123456789abcdef/; /^anonymous/d' "$TSP_DIR/state-id"
	status
	degraded
	[[ $(part state) == *"users: not the file that was made here: 'tspctl check'"*"anonymous: not recorded"*"'tspctl init'" ]] || fail "$output"
	config users.link=2001:db8:fffe::/64
	status
	down
	[[ $(part users) == "down: the allocation file was made for other ranges: 'tspctl move'" ]] || fail "$output"
}

@test "the data path: what it lacks" {
	fill users 1 1
	sed -i '2i # TSP-Datapath: yes' "$TSP_DIR/template.sh"
	status
	degraded
	[[ $(part datapath) == 'degraded: '* ]] || fail "$output"
}

@test "tunnels, where the template lists them" {
	fill users 1 2
	template <<-SCRIPT
		#!/bin/sh
		# TSP-List: yes
		[ \$TSP_OPERATION != TSP_TUNNEL_LIST ] || cat "$TSP_DIR/kernel/list"
	SCRIPT
	: >"$TSP_DIR/kernel/list"
	status
	degraded
	[[ $(part tunnels) == "degraded: 2 missing, 0 without a lease: 'tspctl check --tunnels'" ]] || fail "$output"
	rm "$TSP_DIR/kernel/list"
	status
	[[ $(part tunnels) == "down: the template cannot list them"* || $(part tunnels) == degraded* ]] || fail "$output"
}

@test "whoever may read the leases only: passwords are no matter" {
	requires setpriv
	chmod 644 "$TSP_DIR"/state/*.leases
	chmod 755 "$TSP_DIR/state"
	run setpriv --reuid 12345 --regid 12345 --clear-groups "$CTL" --json status
	[[ $output == *'"part":"setup","state":"ok"'* ]] || fail "$output"
}

@test "people see columns, and the version first" {
	run unshare -n "$CTL" status
	[[ ${lines[0]} == 'tsp-handler '* && $output == *'PART '*STATE* && $output == *'tcp '*down* ]] || fail "$output"
}
