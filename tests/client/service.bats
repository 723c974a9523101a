#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# service.bats - tspc as its unit runs it: installed, confined, told of by systemd

# shellcheck disable=SC2030,SC2031,SC2153,SC2154 # variables of the libraries and of bats
load ../lib/handler
load ../lib/tspc
load ../lib/netns

teardown() {
	if [[ -n ${SRV:-} ]]; then
		net_end
	elif [[ -n ${TSP_DIR:-} ]]; then
		test_end
	fi
}

install_client() {
	test_begin
	unset MAKEFLAGS MAKELEVEL MFLAGS
	DEST=$TSP_DIR/dest
	run -0 make -s -C "$ROOT" B="$BUILD" DESTDIR="$DEST" prefix=/usr unitdir=/units "$@"
}

@test "make install-client puts tspc in place and nothing of the server, uninstall-client leaves nothing" {
	install_client install-client
	run -0 "$DEST/usr/sbin/tspc" -V
	[[ -x $DEST/etc/tsp/client/linux.sh && -e $DEST/units/tspc.service && -e $DEST/units/tspc@.service ]]
	[[ -e $DEST/usr/share/man/man8/tspc.8 && -e $DEST/usr/share/man/man5/tspc.conf.5 ]]
	[[ -e $DEST/usr/share/man/man7/tspc-template.7 && -e $DEST/usr/share/bash-completion/completions/tspc ]]
	[[ -e $DEST/usr/lib/systemd/catalog/tspc.catalog ]]
	[[ -z $(find "$DEST" -name 'tsp-*' -o -name 'tspctl*') ]]
	[[ -z $(find "$DEST" -perm /022 ! -type l) ]]
	run -1 grep -rIl -e "$DEST" -e "$BUILD" -e '@[a-z]*dir@' "$DEST"
	run -0 make -s -C "$ROOT" B="$BUILD" DESTDIR="$DEST" prefix=/usr unitdir=/units uninstall-client
	[[ -z $(find "$DEST" ! -type d) ]]
}

@test "a template that was changed stays, an unchanged one is replaced" {
	install_client install-client
	echo '# mine' >>"$DEST/etc/tsp/client/linux.sh"
	echo '# older' >>"$DEST/etc/tsp/client/print.sh"
	cp "$DEST/etc/tsp/client/print.sh" "$DEST/usr/lib/tsp/client/print.sh"
	run -0 make -s -C "$ROOT" B="$BUILD" DESTDIR="$DEST" prefix=/usr unitdir=/units install-client
	[[ $(tail -n 1 "$DEST/etc/tsp/client/linux.sh") == '# mine' ]]
	cmp "$DEST/etc/tsp/client/print.sh" "$ROOT/templates/client/print.sh"
}

@test "the unit's exposure is at most 2.2, and tspc@ is the same for another file" {
	requires systemd-analyze
	install_client install-client
	run systemd-analyze security --offline=true --no-pager --threshold=22 "$DEST/units/tspc.service"
	[[ $status -eq 0 ]] || fail "$output"
	[[ $output != *Unknown* && $output != *ignoring* ]] || fail "$output"
	diff <(grep -v '^#' "$ROOT/units/tspc.service" | sed 's|tsp/tspc\.conf|tsp/tspc-%i.conf|; s/^Description=.*/&, %i/') \
		<(grep -v '^#' "$ROOT/units/tspc@.service")
}

@test "completion offers options, commands and files" {
	test_begin
	# shellcheck source=units/tspc.bash
	. "$ROOT/units/tspc.bash"
	complete_with() {
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_tspc
	}
	complete_with tspc st
	[[ ${COMPREPLY[*]} == status ]]
	complete_with tspc status --
	[[ ${COMPREPLY[*]} == --json ]]
	complete_with tspc -f "$TSP_DIR/use"
	[[ ${COMPREPLY[*]} == "$TSP_DIR/users" ]]
}

@test "tspc-template(7) has the variables that templates get" {
	diff <(grep -oE 'add[a-z0-9_]*\(env, "TSP_[A-Z0-9_]+"' "$ROOT/client/hook.c" | cut -d '"' -f 2 |
		cat - <(echo TSP_OPERATION) | sort -u) \
		<(sed -n '/^\.Ss Variables/,/^\.Sh/p' "$ROOT/docs/man/tspc-template.7" | grep '^\.It Ev' |
			grep -oE 'TSP_[A-Z0-9_]+' | sort)
}

@test "a user with two capabilities and nothing else: tunnel, router, all of it taken back" {
	local before
	net_begin
	requires setpriv
	home_network
	net_serve
	before=$(snapshot)
	chown nobody "$RUNTIME_DIRECTORY"
	tspc_config server=192.0.2.1 template="$ROOT/templates/client/linux.sh" tunnel_mode=v6v4 carrier=tspc \
		host_type=router if_prefix=lan prefixlen=56 auth_method=any userid=alice passwd=s3cret
	chown nobody "$TSP_DIR/tspc.conf"
	# udev gives everybody the device; here it may be root's alone
	mknod -m 666 "$TSP_DIR/tun" c 10 200
	# shellcheck disable=SC2016 # expanded by that shell
	ip netns exec "$CLI" sh -c 'mount --bind "$0" /dev/net/tun && exec "$@"' "$TSP_DIR/tun" setpriv --reuid nobody --regid nogroup --clear-groups --no-new-privs \
		--bounding-set=-all,+net_admin,+net_raw --inh-caps=-all,+net_admin,+net_raw \
		--ambient-caps=-all,+net_admin,+net_raw \
		"$TSPC" -f "$TSP_DIR/tspc.conf" >>"$TSP_DIR/tspc.log" 2>&1 </dev/null 3>&- &
	TSPC_PID=$!
	NET_PIDS+=("$TSPC_PID")
	tspc_is up
	reaches 2001:db8:99::1
	[[ $(awk '/^(CapPrm|CapEff|CapAmb):/ { print $2 }' "/proc/$(pgrep -P "$TSPC_PID")/status" | sort -u) == 0000000000000000 ]]
	[[ $(awk '/^Seccomp:/ { print $2 }' "/proc/$(pgrep -P "$TSPC_PID")/status") == 2 ]]
	run -0 "$TSPC" -f "$TSP_DIR/tspc.conf" status
	tspc_stop
	as_before "$before"
}

@test "started as root, the processes that hear the server are nobody's and have no right" {
	local child
	net_begin
	net_serve
	tspc_start tunnel_mode=v6udpv4 carrier=tspc
	tspc_is up
	child=$(pgrep -P "$TSPC_PID")
	[[ $(stat -c %U "/proc/$child") == nobody ]]
	[[ $(awk '/^(CapPrm|CapEff|CapBnd|CapAmb):/ { print $2 }' "/proc/$child/status" | sort -u | head -n 1) == 0000000000000000 ]]
	[[ $(awk '/^(Seccomp|NoNewPrivs):/ { print $2 }' "/proc/$child/status" | tr '\n' ' ') == "1 2 " ]]
	# The main process has what it runs templates with, and what ends its processes
	[[ $(awk '/^CapInh:/ { print $2 }' "/proc/$TSPC_PID/status") == 0000000000003000 ]]
	[[ $(awk '/^CapBnd:/ { print $2 }' "/proc/$TSPC_PID/status") == 0000000000003000 ]]
	tspc_stop
}

@test "systemd is told: started with a tunnel, its address and server, and the end" {
	local before
	net_begin
	requires socat
	net_serve
	socat -u UNIX-RECVFROM:"$TSP_DIR/notify",fork,mode=666 OPEN:"$TSP_DIR/notified",creat,append 3>&- &
	NET_PIDS+=($!)
	wait_until 5 test -S "$TSP_DIR/notify"
	export NOTIFY_SOCKET=$TSP_DIR/notify WATCHDOG_USEC=600000
	tspc_start tunnel_mode=v6udpv4 carrier=tspc
	tspc_is up
	wait_until 5 grep -q "STATUS=$(tspc_value address) by 192.0.2.1, v6udpv4" "$TSP_DIR/notified"
	wait_until 5 grep -q 'READY=1' "$TSP_DIR/notified"
	wait_until 5 grep -q 'WATCHDOG=1' "$TSP_DIR/notified"
	tspc_stop
	wait_until 5 grep -q 'STOPPING=1' "$TSP_DIR/notified"
	grep -q '^tspc: down: stopped$' "$TSP_DIR/tspc.log" || fail "$(<"$TSP_DIR/tspc.log")"
}
