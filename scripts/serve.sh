#!/bin/sh
# SPDX-License-Identifier: MIT
#
# serve.sh - serve port $PORT in the foreground until Ctrl-C, from the build in $B
#
# A trial: configuration, users and allocation files are under ./run, are made when they
# are not there and kept when they are. Addresses come from the documentation ranges, so
# tunnels work between client and server and lead nowhere else.
set -eu

cd "$(dirname "$0")/.."
top=$(pwd)
run=$top/run
handler=$(cd "${B:-build}" && pwd)/tsp-handler
port=${PORT:-3653}
realm=tsp.example.net

say() {
	printf '%s\n' "$*"
}

# can_build - why sit.sh cannot make tunnels here; nothing, when it can
can_build() {
	[ "$(id -u)" -eq 0 ] || { say "not started as root" && return; }
	unshare -n env TSP_OPERATION=TSP_TUNNEL_CREATION TSP_TUNNEL_INTERFACE=tsp1 \
		TSP_SERVER_ADDRESS_IPV4=127.0.0.1 TSP_CLIENT_ADDRESS_IPV4=127.0.0.2 \
		TSP_SERVER_ADDRESS_IPV6=2001:db8:ffff::2 templates/sit.sh 2>&1 | head -n 1
}

# reaches USER - may read our files, wherever this tree is
reaches() {
	setpriv --reuid "$1" --clear-groups --bounding-set -all test -x "$run" -a -r templates/sit.sh
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
		template = $template
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

# prepare - make missing files below ./run; set $template to its name
prepare() {
	mkdir -p "$run/state"
	if [ -e "$run/tsp.conf" ]; then
		template="$(sed -n 's/^template *= *//p' "$run/tsp.conf"), as run/tsp.conf says"
		return
	fi
	user=$(choose_user)
	why=$(can_build)
	template=$top/templates/sit.sh
	[ -z "$why" ] || template=$top/templates/print.sh
	[ -e "$run/users" ] || (umask 077 && write_users)
	write_config
	[ "$(id -u)" -ne 0 ] || chown "$user" "$run/state" "$run/users"
	if [ -z "$why" ]; then
		template="sit.sh, as this kernel builds sit tunnels"
	else
		template="print.sh, which builds nothing, as sit.sh cannot: $why"
	fi
}

greet() {
	cat <<-TEXT
		Serving TCP port $port until Ctrl-C, by run/tsp.conf.
		Template: $template

		gogoc.conf of a client on this machine (elsewhere: this machine's address):
		    server=127.0.0.1:$port  tunnel_mode=v6v4  auth_method=anonymous
		    server=127.0.0.1:$port  tunnel_mode=v6v4  auth_method=digest-md5  userid=trial  passwd=trial
		By hand: printf 'VERSION=2.0.0\\r\\n' | nc -q 1 127.0.0.1 $port

	TEXT
}

# tunnels - the names of all tunnels
tunnels() {
	ip -o link show type sit 2>/dev/null | sed -n 's/^[0-9]*: \(tspa\{0,1\}[0-9a-f]*\)@.*/\1/p'
}

# stop - end the listener and its sessions; remove their tunnels
stop() {
	trap '' HUP INT TERM
	kill -- "-$listener" 2>/dev/null || :
	wait "$listener" 2>/dev/null || :
	for device in $(tunnels); do
		case " $before " in
		*" $device "*) ;;
		*) ip link del dev "$device" || : ;;
		esac
	done
}

prepare
TSP_CONFIG=$run/tsp.conf "$handler" -n
greet
before=$(tunnels | tr '\n' ' ')

# A session of its own: its process group is all that must end with us. The listener says
# four lines per connection by itself; one from the handler is what one wants to see.
SYSTEMD_LOG_LEVEL=warning setsid systemd-socket-activate --accept --inetd \
	--listen="0.0.0.0:$port" -E "TSP_CONFIG=$run/tsp.conf" "$handler" </dev/null &
listener=$!
trap 'stop; exit 0' HUP INT TERM
wait "$listener"
