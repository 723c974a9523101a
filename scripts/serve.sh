#!/bin/sh
# SPDX-License-Identifier: MIT
#
# serve.sh - serve port $PORT in the foreground until Ctrl-C, from the build in $B
#
# A trial: configuration, users and allocation files are under ./run, are made when they
# are not there and kept when they are. Handlers are never root: if only root can read this
# directory, a copy of the programs is served from /run/tsp-serve. Addresses come from the
# documentation ranges, so tunnels work between client and server and lead nowhere else.
#
# Root gets real tunnels, by fast.sh and the data path on a device that no installed broker
# has; it is stopped at the end, and at the next start if this script was killed. Otherwise
# print.sh takes its place, which builds nothing.
#
# For "tspc --trial" root gets a network namespace as well, tsp-trial, and a cable to it. If
# the data path cannot use this machine's uplinks, it serves the cable alone.
set -eu
umask 022 # handlers are other users, and read the files

cd "$(dirname "$0")/.."
tree=$(pwd)
run=$tree/run
build=$(cd "${B:-build}" && pwd)
port=${PORT:-3653}
realm=tsp.example.net
device=tsptrial0
cable=tsptrial1
sysctl=/proc/sys/net/ipv6/conf
client=/run/tsp-trial
mark="; set at each start"

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
		test -r "$tree/templates/fast.sh" -a -x "$build/tsp-handler"
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

# leave_home - set $run and $build to where users other than root can read
leave_home() {
	user=$(choose_user)
	[ "$user" = root ] || return 0
	user=nobody run=/run/tsp-serve
	mkdir -p "$run/build"
	for program in tsp-handler tsp-udp tspctl tsp-datapath tsp-tunnel; do
		[ ! -x "$build/$program" ] || cp -f "$build/$program" "$run/build"
	done
	build=$run/build
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
		uplink   = $cable $mark
		udp_port = $port
		# also clients on this machine, in private networks and in tsp-trial
		accept   = 127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 192.0.2.0/30 198.51.100.0/30 203.0.113.0/30
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
	[ ! -e "$run/tsp.conf" ] || return 0
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

# remove_namespace - also that of a start that was killed
remove_namespace() {
	rm -rf "$client"
	ip link del "$cable" 2>/dev/null || :
	ip netns del tsp-trial 2>/dev/null || :
}

# choose_network - first three bytes of the cable's addresses: of documentation (RFC 5737), and not
# in use here, as they are on some test machines
choose_network() {
	for net in 192.0.2 198.51.100 203.0.113; do
		case $(ip -4 route get "$net.2" 2>/dev/null) in
		'' | *' via '*) return ;;
		esac
	done
}

# make_namespace - tsp-trial, $net.2, at the other end of the cable
make_namespace() {
	remove_namespace
	choose_network
	ip netns add tsp-trial &&
		ip link add "$cable" type veth peer name eth0 netns tsp-trial &&
		ip addr add "$net.1/30" dev "$cable" &&
		ip link set "$cable" up &&
		ip -n tsp-trial addr add "$net.2/30" dev eth0 &&
		ip -n tsp-trial link set lo up &&
		ip -n tsp-trial link set eth0 up
}

# write_client - what "tspc --trial" reads: files of root
write_client() {
	(umask 077 && mkdir -p "$client")
	cp templates/client/linux.sh scripts/trial.sh "$client"
	chown root "$client"/*.sh
	chmod 755 "$client"/*.sh
	cat >"$client/tsp-trial.conf" <<-CONFIG
		server=$net.1:$port
		auth_method=digest-md5
		userid=trial
		passwd=trial
		tunnel_mode=v6udpv4
		carrier=tspc
		template=$client/trial.sh
	CONFIG
}

# uplinks - devices that the IPv4 default routes lead to
uplinks() {
	ip -4 route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p' | sort -u
}

# start_with UPLINK... - start the data path; prints the reason on failure
start_with() {
	sed -i "s/^\(uplink *= \).*$mark/\1${*:-$cable} $mark/" "$run/tsp.conf"
	"$build/tsp-datapath" start 2>&1 >/dev/null | sed 's/^tsp-datapath: //' | tail -n 1
}

# forward - packets to clients are forwarded ones. A host that forwards loses the default route that
# router advertisements gave it, unless accept_ra is 2
forward() {
	[ "$(cat "$sysctl/all/forwarding")" = 0 ] || return 0
	for file in "$sysctl"/*/accept_ra; do
		[ "$(cat "$file")" != 1 ] || { echo 2 >"$file" && heeded="$heeded $file"; }
	done
	echo 1 >"$sysctl/all/forwarding" && forwarded=yes
}

# unforward - as it was before
unforward() {
	[ -z "$forwarded" ] || echo 0 >"$sysctl/all/forwarding"
	for file in $heeded; do
		[ ! -e "$file" ] || echo 1 >"$file"
	done
}

# start_datapath - $started is yes when it is up, $trial when it serves the cable; sets $why if
# it is not up, or serves only the cable
start_datapath() {
	if [ "$(id -u)" -ne 0 ]; then
		why="not started as root"
		return
	elif [ ! -x "$build/tsp-datapath" ]; then
		why="built without clang and libbpf"
		return
	fi
	"$build/tsp-datapath" stop 2>/dev/null || : # of a start that was killed
	if grep -q "^uplink .*$mark" "$run/tsp.conf" && make_namespace 2>/dev/null; then
		write_client
		trial=yes
	fi
	# shellcheck disable=SC2046 # words
	why=$(start_with ${trial:+"$cable"} $(uplinks))
	if [ -z "$why" ] || { [ -n "$trial" ] && [ -z "$(start_with "$cable")" ]; }; then
		started=yes
		forward 2>/dev/null || :
	else
		remove_namespace
		trial=
	fi
}

# write_template - template.sh is fast.sh or print.sh; set $template to what to say of it
write_template() {
	if [ "$(configured template)" != "$run/template.sh" ] ||
		[ "$(configured device)" != "$device" ]; then
		template="$(configured template), as $run/tsp.conf says"
		return
	fi
	start_datapath
	if [ -n "$started" ]; then
		template="fast.sh: tunnels carry packets, see $build/tsp-datapath status"
		[ -z "$why" ] || template="fast.sh, for tsp-trial alone: $why"
		# templates have a PATH that does not lead to the build
		sed "s|^set -eu|&\nPATH='$build':\$PATH|" templates/fast.sh >"$run/template.sh"
	else
		template="print.sh, which builds no tunnel: $why"
		cp templates/print.sh "$run/template.sh"
	fi
	chmod 755 "$run/template.sh"
}

# address - of this machine, for a client elsewhere: by the route to an address (RFC 2544) that
# choose_network does not give to the cable
address() {
	ip -4 route get 198.18.0.1 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p'
}

greet() {
	host=$(address)
	cat <<-TEXT
		Serving port $port, TCP and UDP, until Ctrl-C, by $run/tsp.conf.
		Template: $template

	TEXT
	[ -z "$trial" ] || cat <<-TEXT
		In a second terminal, a client that pings through its tunnel:
		    sudo $tspc --trial

	TEXT
	cat <<-TEXT
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
	[ -z "$trial" ] || remove_namespace
	unforward
}

tspc=${B:-build}/tspc
leave_home
export TSP_CONFIG="$run/tsp.conf"
handler=$build/tsp-handler
mkdir -p "$run"
exec 9>"$run/lock"
flock -n 9 || fail "another 'make serve' runs in this directory already"
! taken || fail "port $port is taken already, by a broker or another program: PORT= names another"
prepare
started='' trial='' why='' listeners='' forwarded='' heeded=''
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
