#!/bin/sh
# SPDX-License-Identifier: MIT
#
# serve.sh - serve port $PORT in the foreground until Ctrl-C, from the build in $B
#
# A trial: configuration, users and allocation files are under ./run, are made when they
# are not there and kept when they are. Addresses come from the documentation ranges, so
# tunnels work between client and server and lead nowhere else.
#
# Root gets real tunnels, by fast.sh and the data path on a device that no installed broker
# has; it is stopped at the end, and at the next start if this script was killed. Otherwise
# print.sh takes its place, which builds nothing.
set -eu

cd "$(dirname "$0")/.."
run=$(pwd)/run
build=$(cd "${B:-build}" && pwd)
handler=$build/tsp-handler
port=${PORT:-3653}
realm=tsp.example.net
device=tsptrial0
export TSP_CONFIG="$run/tsp.conf"

say() {
	printf '%s\n' "$*"
}

# fail WHY - end before anything has changed
fail() {
	say "serve.sh: $*" >&2
	exit 1
}

# reaches USER - may read our files, wherever this tree is
reaches() {
	setpriv --reuid "$1" --clear-groups --bounding-set -all \
		test -x "$run" -a -r templates/fast.sh -a -x "$handler"
}

# user that the handler becomes when root starts it: nobody, or else the tree's owner
choose_user() {
	if [ "$(id -u)" -ne 0 ]; then
		id -un
	elif reaches nobody; then
		say nobody
	else
		stat -c %U .
	fi
}

# An account of a fixed name and password: it gives no more than an address of a
# documentation range, and those anonymous clients get as well.
write_users() {
	digest=$(printf 'trial:%s:trial' "$realm" | md5sum)
	say "trial:$realm:${digest%% *}" >"$run/users"
}

write_config() {
	cat >"$run/tsp.conf" <<-CONFIG
		# Written by "make serve", see docs/tsp.conf.example. Yours from now on: change
		# what you like, or delete it and get a new one.
		[server]
		user     = $user
		domain   = $realm
		template = $run/template.sh
		device   = $device
		udp_port = $port
		# also clients on this machine and in private networks
		accept   = 127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16
		dns      = 2001:db8::53
		state    = $run/state

		[auth]
		users    = $run/users

		[pool anonymous]
		link     = 2001:db8:a::/64
		capacity = 1024

		[pool users]
		link     = 2001:db8:ffff::/64
		prefix   = 2001:db8:1000::/36
		delegate = 56
		capacity = 1024
	CONFIG
}

# prepare - make missing files below ./run
prepare() {
	[ -e "$run/tsp.conf" ] && return
	user=$(choose_user)
	mkdir -p "$run/state"
	[ -e "$run/users" ] || (umask 077 && write_users)
	write_config
	[ "$(id -u)" -ne 0 ] || chown "$user" "$run/state" "$run/users"
}

# make_files - the allocation files, at the first start: what is there is kept
make_files() {
	"$build/tspctl" init --first
}

# configured KEY - its value in tsp.conf
configured() {
	sed -n "s/^[[:space:]]*$1[[:space:]]*= *//p" "$run/tsp.conf" | head -n 1
}

# start_datapath - bring the data path up; why it cannot be, when it cannot
start_datapath() {
	if [ "$(id -u)" -ne 0 ]; then
		say "not started as root"
	elif [ ! -x "$build/tsp-datapath" ]; then
		say "built without clang and libbpf"
	else
		"$build/tsp-datapath" stop 2>/dev/null || : # of a start that was killed
		"$build/tsp-datapath" start 2>&1 >/dev/null | sed 's/^tsp-datapath: //' | tail -n 1
	fi
}

# write_template - template.sh is fast.sh or print.sh; set $template to what to say of it
write_template() {
	started=
	if [ "$(configured template)" != "$run/template.sh" ] ||
		[ "$(configured device)" != "$device" ]; then
		template="$(configured template), as run/tsp.conf says"
		return
	fi
	why=$(start_datapath)
	if [ -z "$why" ]; then
		started=yes
		template="fast.sh: tunnels carry packets, see $build/tsp-datapath status"
		# templates have a PATH that does not lead to the build
		sed "s|^set -eu|&\nPATH='$build':\$PATH|" templates/fast.sh >"$run/template.sh"
	else
		template="print.sh, which builds no tunnel: $why"
		cp templates/print.sh "$run/template.sh"
	fi
	chmod 755 "$run/template.sh"
}

# address - of this machine, for a client elsewhere
address() {
	ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p'
}

greet() {
	host=$(address)
	cat <<-TEXT
		Serving port $port, TCP and UDP, until Ctrl-C, by run/tsp.conf.
		Template: $template

		gogoc.conf of a client elsewhere, as tunnels do not lead through the loopback device:
		    server=${host:-ADDRESS}:$port  tunnel_mode=v6v4  auth_method=anonymous
		    server=${host:-ADDRESS}:$port  tunnel_mode=v6v4  auth_method=digest-md5  userid=trial  passwd=trial
		By hand: printf 'VERSION=2.0.0\\r\\n' | nc -q 1 127.0.0.1 $port

	TEXT
}

# taken - somebody listens there, TCP or UDP
taken() {
	[ -n "$(ss -Hltn "sport = :$port")$(ss -Hlun "sport = :$port")" ]
}

# listen OPTION... - in the background: $! is its process group. It ends with this script,
# also when that is killed. A listener says four lines per connection by itself; one from
# the handler is what one wants to see.
listen() {
	SYSTEMD_LOG_LEVEL=warning setsid setpriv --pdeathsig TERM systemd-socket-activate \
		--listen="0.0.0.0:$port" -E "TSP_CONFIG=$run/tsp.conf" "$@" </dev/null 9>&- &
	listeners="$listeners $!"
}

# listening - wait until both ports are open; false: a listener has ended
listening() {
	until [ -n "$(ss -Hltn "sport = :$port")" ] && [ -n "$(ss -Hlun "sport = :$port")" ]; do
		for listener in $listeners; do
			kill -0 "$listener" 2>/dev/null || return 1
		done
		sleep 0.1
	done
}

# stop - end listeners and sessions, and the data path with all tunnels
stop() {
	trap '' HUP INT TERM
	for listener in $listeners; do
		kill -- "-$listener" 2>/dev/null || :
		wait "$listener" 2>/dev/null || :
	done
	[ -z "$started" ] || "$build/tsp-datapath" stop
}

mkdir -p "$run"
exec 9>"$run/lock"
flock -n 9 || fail "another 'make serve' runs in this directory already"
! taken || fail "port $port is taken already, by a broker or another program: PORT= names another"
prepare
started='' listeners=''
trap 'stop; exit 0' HUP INT TERM
write_template
make_files || { stop && exit 1; }
"$handler" -n || { stop && exit 1; }
[ -z "$started" ] || "$build/tspctl" restore >/dev/null || : # tunnels of an earlier trial
listen --accept --inetd "$handler"
listen --datagram "$build/tsp-udp" --handler "$handler" --idle 0
listening || { stop && fail "the listeners have ended"; }
greet
# shellcheck disable=SC2086 # a list
wait $listeners || :
stop
