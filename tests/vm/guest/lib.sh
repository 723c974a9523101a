# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# lib.sh - what scenarios have in common
#
# A scenario says what it checks with check, and never stops at a failure: what follows
# often shows why. Hosts are the namespaces of net.sh.

# shellcheck disable=SC2034,SC2154 # one half of the variables is used here, the other set here

server4=192.0.2.1
six=2001:db8:6::2
realm=tsp.example.net

# ok DESCRIPTION, not_ok DESCRIPTION [DETAIL], skip DESCRIPTION REASON - a line of TAP
ok() { echo "ok - $scenario: $1"; }
skip() { echo "ok - $scenario: $1 # SKIP $2"; }
not_ok() {
	echo "not ok - $scenario: $1"
	echo "${2-}" | tail -n 15 | sed 's/^/#   /'
}

# check DESCRIPTION COMMAND... - a test: the command succeeds. Variables it sets stay set.
check() {
	local description=$1
	shift
	if "$@" >"${log:=/run/tsp-test.log}" 2>&1; then
		ok "$description"
	else
		not_ok "$description" "status $? of: $*
$(<"$log")"
	fi
}

# is DESCRIPTION WANTED FOUND - a test: two texts are the same
is() {
	if [[ $2 == "$3" ]]; then
		ok "$1"
	elif [[ $2$3 == *$'\n'* ]]; then
		not_ok "$1" "$(diff <(echo "$2") <(echo "$3"))"
	else
		not_ok "$1" "wanted '$2', found '$3'"
	fi
}

# not COMMAND... - true when the command fails
not() { ! "$@"; }

# on HOST COMMAND...
on() {
	local host=$1
	shift
	nsenter --net="/run/netns/$host" "$@" # ip netns exec makes /sys fit, too, which costs
}

# eventually SECONDS COMMAND... - wait until the command succeeds; three times as long on a machine
# with other work, since the wait ends as soon as it does
eventually() {
	local end=$((SECONDS + 3 * $1 + 1))
	shift
	until "$@" >/dev/null 2>&1; do
		[[ $SECONDS -lt $end ]] || { "$@"; return; }
		sleep 0.1
	done
}

# within SECONDS DESCRIPTION FROM TO - a test: a server would have needed no more from the first clock
# of clock.sh, three numbers, to the second. Waiting takes as long there; work takes less, by the slower of both.
within() {
	local took=$(($6 - $3)) waited=$(($7 - $4)) pace=$(($5 > $8 ? $5 : $8)) there
	there=$((waited + (took - waited) * 100 / (pace > 100 ? pace : 100)))
	echo "# $scenario: $2: $took ms here, $waited of them waiting; $there ms on a server"
	check "$2: within $1 s" test $there -le $(($1 * 1000))
}

# configure [SECTION.KEY=VALUE]... - tsp.conf as the tests need it, with changes; below $tree,
# when this is not yet the guest
configure() {
	local -A value=(
		[server.domain]=$realm [server.lifetime]=60
		[server.accept]="192.0.2.0/24 198.51.100.0/24 203.0.113.0/24"
		[server.template]=/etc/tsp/templates/$template.sh
		[auth.realm]=$realm [auth.users]=/etc/tsp/users
		[anonymous.link]=2001:db8:a::/64 [anonymous.capacity]=512
		[users.link]=2001:db8:ffff::/64 [users.prefix]=2001:db8:1000::/36
		[users.delegate]=56 [users.capacity]=512
	)
	local setting section key capacity
	for setting; do
		value[${setting%%=*}]=${setting#*=}
	done
	for section in server auth anonymous users limits; do
		case $section in
		anonymous | users) echo "[pool $section]" ;;
		*) echo "[$section]" ;;
		esac
		for key in "${!value[@]}"; do
			[[ $key != "$section".* ]] || echo "${key#*.} = ${value[$key]}"
		done
	done >"${tree-}/etc/tsp/tsp.conf.new"
	capacity=$(grep -hs capacity "${tree-}/etc/tsp/tsp.conf" || :)
	mv "${tree-}/etc/tsp/tsp.conf.new" "${tree-}/etc/tsp/tsp.conf"
	[[ ${tree-} ]] || tspctl init --yes >/dev/null 2>&1 </dev/null || :
	[[ ${tree-} ]] || rm -f /run/tsp-test-clean
	# the maps are made for this capacity
	[[ ${tree-} || $template != fast || $capacity == "$(grep capacity /etc/tsp/tsp.conf)" ]] ||
		systemctl reload-or-restart tsp-datapath
}

# add_user NAME... - with the password "pw-NAME"
add_user() {
	local name digest
	for name; do
		digest=$(printf '%s:%s:pw-%s' "$name" $realm "$name" | md5sum)
		echo "$name:$realm:${digest%% *}" >>"${tree-}/etc/tsp/users"
	done
}

# converse HOST PROGRAM [OPTION]... - a conversation from there; its answer becomes variables
converse() {
	local host=$1 output status=0
	shift
	unset STATUS TEXT TYPE LIFETIME SERVER_IPV4 CLIENT_IPV4 SERVER_IPV6 CLIENT_IPV6
	unset CLIENT_NAME PREFIX PREFIXLEN KEEPALIVE KEEPALIVE_ADDRESS DNS BROKERS PORT
	output=$(on "$host" "$@" 2>&1) || status=$?
	eval "$(grep -E "^[A-Z_0-9]+=('.*'|[^ ']*)$" <<<"$output")"
	[[ $status -eq 0 ]] || {
		echo "$output"
		journalctl -q -n 8 -o cat --no-pager
	}
	return $status
}

# session HOST [OPTION]... - STATUS, CLIENT_IPV6, PREFIX and so on of tsp-client
session() {
	local host=$1
	shift
	converse "$host" /opt/tsp-test/tsp-client --host $server4 "$@"
}

# udp_session HOST [OPTION]... - the same over UDP, of tsp-udp-client
udp_session() {
	local host=$1
	shift
	converse "$host" /opt/tsp-test/tsp-udp-client --host $server4 --again 2000 --tries 5 "$@"
}

# user NAME - options of a session as that user
user() { echo "--mechanism DIGEST-MD5 --user $1 --password pw-$1 --realm $realm"; }

# end_up HOST MTU OPTION... - a sit device tun6 like that, with all that the offer says; its packets
# have checksums, as on a real network: a veth pair leaves them out, and XDP would not know
end_up() {
	ip -n "$1" -batch - <<-END
		link add tun6 mtu $2 type sit remote $SERVER_IPV4 ttl 64 ${*:3}
		addr add $CLIENT_IPV6/128 dev tun6 nodad
		link set tun6 up
		route add $SERVER_IPV6 dev tun6
		route add default via $SERVER_IPV6 dev tun6
	END
	on "$1" ethtool -K tun6 tx off >/dev/null
}

# client_up HOST [LOCAL] - that host's end of the tunnel, from the offer alone; behind an
# address translation its own address is another than the one that the server sees
client_up() {
	client_down "$1"
	end_up "$1" 1480 local "${2:-$CLIENT_IPV4}"
}

client_down() { ip -n "$1" link del tun6 2>/dev/null || :; }

# udp_up HOST - its end of a tunnel in UDP, from the port that it signalled from
udp_up() {
	local own
	udp_down "$1"
	own=$(ip -n "$1" -4 -o addr show dev eth0 | awk '{ print $4 }')
	ip -n "$1" fou add port "$PORT" ipproto 41 &&
		end_up "$1" 1280 local "${own%/*}" encap fou encap-sport "$PORT" encap-dport 3653 noencap-csum || return
	[[ $template == fast ]] || return 0
	# as clients do: the secret, and for an anonymous client the tunnel is made when it is heard
	eventually 10 on "$1" ping -q -c 1 -W 1 "${KEEPALIVE_ADDRESS:-$SERVER_IPV6}" &&
		eventually 10 on "$1" ping -q -c 1 -W 1 "$SERVER_IPV6"
}

udp_down() {
	client_down "$1"
	ip -n "$1" fou show 2>/dev/null | sed -En 's/^port ([0-9]+).*/fou del port \1/p' | ip -n "$1" -batch -
}

# pings HOST ADDRESS [OPTION]... - two of two are answered, each by its own process: ping waits
# for the last of several no longer than twice as long as for the slowest
pings() {
	local host=$1 address=$2
	shift 2
	on "$host" ping -q -c 1 -W 4 "$@" "$address" 2>&1 && on "$host" ping -q -c 1 -W 4 "$@" "$address" 2>&1
}

# tcp FROM TO ADDRESS [BYTES] - a transfer to an address of TO; prints how many bytes arrived
tcp() {
	local listener
	nsenter --net="/run/netns/$2" timeout 40 nc -n -6 -l "$3" 5001 >/run/tcp 2>/run/tcp.error </dev/null &
	listener=$!
	eventually 10 listens "$2" 5001
	head -c "${4:-300000}" /dev/zero | on "$1" timeout 20 nc -n -6 -N -w 10 "$3" 5001 >/dev/null 2>>/run/tcp.error ||
		kill $listener
	wait $listener
	stat -c %s /run/tcp
	sed 's/^/(/; s/$/)/' /run/tcp.error
}

# listens HOST PORT - somebody does, over TCP
listens() { on "$1" ss -Hltn "sport = $2" | grep .; }

# silent HOST ADDRESS [OPTION]... - pings have no answer
silent() {
	local host=$1 address=$2
	shift 2
	! on "$host" ping -q -c 2 -i 0.1 -W 0.4 "$@" "$address"
}

# watch PREFIX - from now on the internet host counts the pings from there: a packet that came
# through is seen here, while answers to a wrong address would not come back anyway
watch() {
	on six nft -f - <<-END
		table ip6 seen { chain in { type filter hook input priority filter
			ip6 saddr $1 icmpv6 type echo-request counter
		}
		}
	END
}

# seen - how many there were
seen() { on six nft list table ip6 seen | sed -n 's/.*counter packets \([0-9]*\).*/\1/p'; }

# tunnel ADDRESS - there is a tunnel to it: a device of sit.sh, or an entry of fast.sh's maps
tunnel() {
	case $template in
	fast) tsp-tunnel list | grep -F -x -f <(tspctl list --all --plain 2>/dev/null | entries_of "$(short "$1")") ;;
	*) ip -6 route get "$1" | grep -E ' dev tsp' ;;
	esac
}

# entries_of ADDRESS - of lines of `tspctl list --plain`, the entry of the lease with that address or prefix
entries_of() {
	awk -F '\t' -v address="$1" -v server=$server4 '
		function first(prefix) { sub(/::.*/, "", prefix); return prefix }
		$7 == address || $8 != "-" && index(address, first($8)) == 1 { print $1, $2, $5, server }'
}

# tunnels - the number of tunnels
tunnels() {
	case $template in
	fast) tsp-tunnel list | wc -l ;;
	*) ip -o link show type sit | grep -cE '^[0-9]+: tsp' ;;
	esac
}

# dropped - packets that the ingress filter took out until now
dropped() {
	case $template in
	# but for what every client sends by itself
	fast) tsp-datapath status | awk '$1 == "dropped" && $2 !~ /^(link-local|multicast|neighbour)$/ { sum += $3 }
		END { print sum + 0 }' ;;
	*) nft list ruleset | awk '/counter packets [0-9]+ .*drop/ {
		for (i = 1; i < NF; i++) if ($i == "packets") sum += $(i + 1)
	} END { print sum + 0 }' ;;
	esac
}

# filtered HOST ADDRESS - what comes from ADDRESS out of the tunnel of HOST is dropped and
# counted. (That nothing comes back would say little: the way to a wrong address is another.)
filtered() {
	local before
	before=$(dropped)
	ip -n "$1" addr add "$2/128" dev tun6 nodad
	on "$1" ping -q -c 2 -i 0.1 -W 0.3 -I "$2" $six
	ip -n "$1" addr del "$2/128" dev tun6
	echo "$before dropped before, now $(dropped)"
	[[ $(dropped) -eq $((before + 2)) ]]
}

# journal MATCH... - since this scenario began
journal() {
	journalctl --sync
	journalctl -q -o cat --no-pager --since "@$began" "$@"
}

# listening - the socket unit is
listening() { [[ $(systemctl show -P SubState tsp.socket) == listening ]]; }

# processes COUNT - of handlers, that many
processes() { [[ $(pgrep -c -x tsp-handler) -eq $1 ]]; }

# short ADDRESS - as everybody but TSP writes it
short() { getent ahostsv6 "$1" | awk '{ print $1; exit }'; }

# broken - units that failed in this scenario, and their last lines
broken() {
	local unit
	systemctl list-units --failed --plain --no-legend 'tsp*'
	for unit in $(systemctl list-units --failed --plain --no-legend 'tsp*' | cut -d' ' -f1); do
		journalctl -q -o cat -n 5 -u "$unit"
	done
}

# no_tunnels - those that are there go, and with them what all of them share
no_tunnels() {
	# As a group all at once: the kernel waits for its grace period only one time
	ip -o link show type sit | sed -En 's/^[0-9]+: (tsp[^@:]*).*/link set dev \1 group 7/p' | ip -batch -
	ip link del group 7 2>/dev/null
	[[ $template == fast ]] || return 0
	tsp-datapath stop
	systemctl restart tsp-datapath || journalctl -q -n 12 -o cat --no-pager -u tsp-datapath | sed 's/^/# /'
}

# clean - back to a new installation: no leases, no tunnels, no connections
clean() {
	local host
	for host in c1 c2; do
		client_down $host
	done
	udp_down c3
	no_tunnels
	nft flush ruleset
	on six nft flush ruleset
	# the timer's service would fail until configure() has made files, and what an earlier scenario
	# broke on purpose is over
	: >/run/tsp-test-clean
	systemctl stop tsp-expire.service
	systemctl reset-failed 'tsp*' 2>/dev/null
	systemctl stop tsp-udp.service # it has read the key that goes
	rm -f /var/lib/tsp/* /etc/tsp/state-id
	: >/etc/tsp/users
}

# example NAME - a script or a file of docs/templates.md
example() {
	awk -v name="$1" '
		$0 == "<!-- template: " name " -->" || $0 == "<!-- file: " name " -->" { found = 1; next }
		found && /^```/ { if (inside) exit; inside = 1; next }
		inside' /opt/tsp-test/templates.md
}
