# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# datapath_world.bash - what the steps of in_world (datapath.bash) can say

trap 'echo "failed: line $LINENO: $BASH_COMMAND" >&2' ERR
trap 'kill $CARRIERS 2>/dev/null || :' EXIT
CARRIERS=
export TSP_CONFIG=/run/tsp.conf

# on NAMESPACE COMMAND... - run it there
on() {
	local name=$1
	shift
	nsenter --net="/run/netns/$name" "$@"
}

# cable NAMESPACE DEVICE NAMESPACE DEVICE - a wire. XDP on a veth does not know that a sender
# has left the checksum to the hardware, so the hardware is told not to.
cable() {
	ip link add "$2" netns "$1" type veth peer name "$4" netns "$3"
	wire "$1" "$2"
	wire "$3" "$4"
}

# wire NAMESPACE DEVICE - one end of it
wire() {
	ip -n "$1" link set "$2" up
	ethtool_off "$1" "$2"
}

ethtool_off() {
	on "$1" ethtool -K "$2" tx off >/dev/null
}

# world - the three namespaces and their wires
world() {
	local name
	mount -t tmpfs tmpfs /run
	mkdir /run/netns
	for name in client server far; do
		ip netns add $name
		ip -n $name link set lo up
		on $name sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
	done
	cable client eth0 server wan0
	cable server up0 far eth0
	ip -n client addr add 198.51.100.7/24 dev eth0
	ip -n server addr add 198.51.100.1/24 dev wan0
	ip -n server addr add 2001:db8:6::1/64 dev up0
	ip -n far addr add 2001:db8:6::2/64 dev eth0
	ip -n far route add default via 2001:db8:6::1
	on server sysctl -qw net.ipv6.conf.all.forwarding=1
	config
}

# config [LINE...] - tsp.conf, with lines for [server]
config() {
	printf '%s\n' "[server]" "template = $ROOT/templates/fast.sh" "user = nobody" "fork = ${TSP_FORK:-no}" \
		"uplink = ${UPLINK:-wan0}" "$@" \
		"[pool anonymous]" "link = 2001:db8:a::/64" "capacity = ${ANONYMOUS:-64}" \
		"[pool users]" "link = ${LINK:-2001:db8:ffff::/64}" "prefix = 2001:db8:1000::/36" \
		"delegate = 56" "capacity = ${USERS:-1000}" >/run/tsp.conf
}

datapath() {
	on server tsp-datapath "$@"
}

# refused TEXT COMMAND... - it ends with 111 and says so in one line that has the text
refused() {
	local text=$1 said status=0
	shift
	said=$("$@" 2>&1) || status=$?
	[[ $status -eq 111 && $said == *"$text"* && $(wc -l <<<"$said") -eq 1 ]] ||
		fail "status $status, said: $said"
}

# skip WHY - the kernel lacks something
skip() {
	echo "$*"
	exit 77
}

fail() {
	printf '%s\n' "$@" >&2
	false
}

# fails COMMAND... - it does not succeed; /run/said, which it may read, has its output then
fails() {
	local said
	if said=$("$@" 2>&1); then
		fail "succeeded: $*" "$said"
	fi
	printf '%s\n' "$said" >/run/said
}

# no_program - nothing of ours is attached anywhere
no_program() {
	on server bpftool net show >/run/net
	fails grep -E 'tsp_|^wan' /run/net
}

# What makes a command of setpriv's bare
BARE=(--reuid nobody --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs)

# bare COMMAND... - as nobody, without any capability, nor a way to one
bare() {
	setpriv --regid "${GROUP-nogroup}" "${BARE[@]}" "$@"
}

# tunnel LEASE MODE IPV4 [PORT] [PREFIXLEN] - set the variables of tsp-template(7) for a user
tunnel() {
	unset TSP_CLIENT_PORT TSP_PREFIX TSP_PREFIXLEN TSP_SERVER_PORT TSP_KEEPALIVE_ADDRESS_IPV6
	export TSP_LEASE=$1 TSP_TUNNEL_MODE=$2 TSP_CLIENT_ADDRESS_IPV4=$3 TSP_USERID=alice
	export TSP_TUNNEL_INTERFACE=tsp$1 TSP_SERVER_ADDRESS_IPV4=198.51.100.1 TSP_TUNNEL_PREFIXLEN=127
	TSP_SERVER_ADDRESS_IPV6=$(printf '2001:db8:ffff::%x' $((2 * $1)))
	TSP_CLIENT_ADDRESS_IPV6=$(printf '2001:db8:ffff::%x' $((2 * $1 + 1)))
	export TSP_SERVER_ADDRESS_IPV6 TSP_CLIENT_ADDRESS_IPV6
	[[ -z ${4:-} ]] || export TSP_CLIENT_PORT=$4 TSP_SERVER_PORT=3653
	[[ -z ${5:-} ]] || export TSP_PREFIX TSP_PREFIXLEN=$5
	TSP_PREFIX=$(printf '2001:db8:10%02x:%x00::' $(($1 >> 8)) $(($1 & 255)))
}

# anonymous LEASE MODE IPV4 [PORT] - the same for an anonymous client
anonymous() {
	tunnel "$@"
	unset TSP_USERID
	local -a byte
	IFS=. read -ra byte <<<"$3"
	local base
	base=$(printf '2001:db8:a:0:%x:%x:%x' $((byte[0] << 8 | byte[1])) $((byte[2] << 8 | byte[3])) "${4:-0}")
	export TSP_SERVER_ADDRESS_IPV6=$base:2 TSP_CLIENT_ADDRESS_IPV6=$base:3
}

# secret DIGITS - the tunnel has a keepalive address with these hexadecimal digits
secret() {
	export TSP_KEEPALIVE_ADDRESS_IPV6=2001:db8:ffff:0:8000::$1
}

# proofs - how often the tunnel's client has proved its presence
proofs() {
	template INFO | grep -o 'proof_packets=[0-9]*' | cut -d= -f2
}

# template CREATION | TEARDOWN | INFO - run fast.sh for the tunnel
template() {
	TSP_OPERATION=TSP_TUNNEL_$1 bare "$ROOT/templates/fast.sh"
}

# carry NAMESPACE - the client's end of the tunnel, as device six
carry() {
	local ours=$TSP_CLIENT_ADDRESS_IPV4 theirs=$TSP_SERVER_ADDRESS_IPV4 fifo=/run/carrier.$RANDOM
	[[ $TSP_TUNNEL_MODE != v6udpv4 ]] || ours+=:$TSP_CLIENT_PORT theirs+=:3653
	mkfifo $fifo
	# not by on(): the process to end is the one that bash has started
	nsenter --net="/run/netns/$1" "$BUILD/tests/tools/tun-carrier" "$TSP_TUNNEL_MODE" \
		"${2:-six}" "$ours" "$theirs" 100 >"$fifo" 2>&1 &
	CARRIERS+=" $!"
	read -r _ <$fifo
	ip -n "$1" addr add "$TSP_CLIENT_ADDRESS_IPV6/127" dev "${2:-six}" nodad
	ip -n "$1" link set "${2:-six}" mtu 1280 up
	ip -n "$1" -6 route replace default dev "${2:-six}"
}

# up COMMAND... - the tunnel is there, and the client's end of it
up() {
	"$@"
	template CREATION
	carry client
}

# pings NAMESPACE ADDRESS [OPTION...] - three pings, all answered; one before them finds the
# way, as neighbours may have to be found. Each is a process: after the first answer of several
# pings, ping waits for the last one no longer than twice as long as for the slowest.
pings() {
	local i
	on "$1" ping -6 -q -n -c 1 -W 2 "${@:3}" "$2" >/run/ping || :
	for i in 1 2 3; do
		on "$1" ping -6 -q -n -c 1 -W $((5 * ${TSP_SLOW:-1})) "${@:3}" "$2" >/run/ping ||
			{ fail "ping $i, $1 to $2: $(</run/ping)"; return 1; }
	done
}

# echo_replies NAMESPACE - how many it has received
echo_replies() {
	on "$1" sed -n 's/^Icmp6InEchoReplies[[:space:]]*//p' /proc/net/snmp6
}

# silent NAMESPACE ADDRESS [OPTION...] - two pings, none answered
silent() {
	fails on "$1" ping -6 -q -n -c 2 -i 0.05 -W 1 "${@:3}" "$2"
}

# counted NAME - how often, by tsp-datapath status
counted() {
	datapath status | awk -v name="$1" '$2 == name { n = $3 } END { print n + 0 }'
}

# both_ways - pings of the server's end, of far, and of the client from far
both_ways() {
	pings client "$TSP_SERVER_ADDRESS_IPV6"
	pings client 2001:db8:6::2
	pings far "$TSP_CLIENT_ADDRESS_IPV6"
}

# bare_in_server COMMAND... - like bare, in the server's network
bare_in_server() {
	(become_bare "$@")
}

# become_bare COMMAND... - the same in this process's place: in the background $! is the command
become_bare() {
	exec nsenter --net=/run/netns/server setpriv --regid nogroup "${BARE[@]}" "$@"
}

# tunnels [--traffic] - those in the maps
tunnels() {
	bare_in_server tsp-tunnel list "$@"
}

# soon COMMAND... - it succeeds within two minutes, or longer on a slow machine
soon() {
	local end=$((SECONDS + 120 * ${TSP_SLOW:-1}))
	until "$@" >/dev/null 2>&1; do
		[[ $SECONDS -lt $end ]] || { fail "never: $*" "$(cat /run/log* 2>/dev/null)"; return 1; }
		sleep 0.1
	done
}

# serves NAMESPACE -t|-u PORT - a program listens there
serves() {
	on "$1" ss -Hln "$2" "sport = $3" | grep -q .
}

# only_proofs - how often the only client that there is has proved its presence
only_proofs() {
	tunnels --traffic | grep -o 'proof_packets=[0-9]*' | cut -d= -f2
}

# is_proven - it has
is_proven() {
	[[ $(only_proofs) -ge 1 ]]
}

# tcp FROM TO ADDRESS - a megabyte passes and is the same behind
tcp() {
	[[ -e /run/data ]] || head -c 1000000 /dev/urandom >/run/data
	rm -f /run/copy
	on "$2" timeout $((120 * ${TSP_SLOW:-1})) socat -u TCP6-LISTEN:7,reuseaddr CREATE:/run/copy &
	local sink=$!
	soon serves "$2" -t 7
	on "$1" timeout $((120 * ${TSP_SLOW:-1})) socat -u OPEN:/run/data "TCP6:[$3]:7" || fail "TCP from $1 to $2"
	wait $sink || fail "TCP from $1 to $2"
	cmp /run/data /run/copy
}

# broker_config - accounts of alice and bob, state and a template for the real handler
broker_config() {
	local name digest
	for name in alice bob; do
		digest=$(printf '%s' "$name:tsp:s3cret" | md5sum)
		echo "$name:tsp:${digest%% *}"
	done >/run/users
	install -d -o nobody -g nogroup /run/state
	chown nobody /run/users
	config "accept = 198.51.100.0/24" "state = /run/state"
	# templates have another PATH, without the build directory
	sed "s|^set -eu|&\nPATH=$BUILD:\$PATH|" "$ROOT/templates/fast.sh" >/run/fast.sh
	chmod 755 /run/fast.sh
	sed -i 's|^template.*|template = /run/fast.sh|' /run/tsp.conf
	printf '%s\n' "[auth]" "users = /run/users" "realm = tsp" "[limits]" "login_delay = 0" >>/run/tsp.conf
	tspctl -c /run/tsp.conf init --yes >/dev/null
}

# listen LOG OPTION... - systemd-socket-activate serves the port, as nobody without capabilities
listen() {
	local log=$1
	shift
	: >"$log" # not what the one before has said
	become_bare systemd-socket-activate -l "${SERVER:-198.51.100.1}:3653" -E TSP_CONFIG=/run/tsp.conf \
		"$@" >"$log" 2>&1 </dev/null &
	CARRIERS+=" $!"
	soon grep -q '^Listening on' "$log"
}

# broker - the real handler takes connections at 198.51.100.1, as nobody without capabilities
broker() {
	broker_config
	listen /run/log --accept --inetd -- tsp-handler
}

# broker_udp - the same for datagrams
broker_udp() {
	broker_config
	listen /run/log -d -- "$BUILD/tsp-udp"
}

# connect OPTION... - ask for a tunnel; GOT[NAME] is what the client prints
connect() {
	ask tsp-client "$@"
}

# connect_udp OPTION... - the same by datagrams
connect_udp() {
	ask tsp-udp-client --again 300 --tries 100 "$@"
	[[ ${GOT[TYPE]} != v6udpv4 ]] || export TSP_TUNNEL_MODE=v6udpv4 TSP_CLIENT_PORT=${GOT[PORT]} TSP_SERVER_PORT=3653
}

# ask CLIENT OPTION... - by that test client, from $CLIENT_AT to $SERVER_AT
ask() {
	local line client=${CLIENT_AT:-198.51.100.7} server=${SERVER_AT:-198.51.100.1}
	declare -gA GOT=()
	on client "$BUILD/tests/tools/$1" --host "$server" --bind "$client" "${@:2}" >/run/offer ||
		fail "$(</run/offer)" "$(</run/log)"
	while IFS= read -r line; do
		line=${line//\'/}
		GOT[${line%%=*}]=${line#*=}
	done </run/offer
	export TSP_TUNNEL_MODE=v6v4 TSP_CLIENT_ADDRESS_IPV4=$client TSP_SERVER_ADDRESS_IPV4=$server
	export TSP_CLIENT_ADDRESS_IPV6=${GOT[CLIENT_IPV6]} TSP_SERVER_ADDRESS_IPV6=${GOT[SERVER_IPV6]}
	export TSP_KEEPALIVE_ADDRESS_IPV6=${GOT[KEEPALIVE_ADDRESS]}
}
