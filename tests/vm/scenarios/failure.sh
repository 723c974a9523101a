# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# failure.sh - a template that fails half way leaves nothing behind

clean
configure
add_user dave
# What belongs to all tunnels is there before
session c2 >/dev/null

# kernel - all that a template could leave there
kernel() {
	ip -o link show | cut -d' ' -f2
	ip -6 route show table all
	nft -s list ruleset
	[[ $template != fast ]] || tsp-tunnel list
}

# failing DESCRIPTION [STATE] - a session of dave's is refused, and nothing is left but perhaps a lease in
# that state
failing() {
	local before since
	before=$(kernel) since=@$(date +%s.%6N)
	session c1 $(user dave) --prefix 56 >/dev/null
	is "$1: the client hears of a server side error" 310 "$STATUS"
	is "$1: nothing is left" "$before" "$(kernel)"
	is "$1: what the file says" "${2:-}" "$(awk '$2 ~ /offered|claimed|present/ { print $2 }' /var/lib/tsp/users.leases)"
	is "$1: the journal has the reason" 1 "$(journalctl --sync && journalctl -q -o cat --since "$since" TSP_EVENT=template-failed | grep -c CREATION)"
}

session c1 $(user dave) --prefix 56 >/dev/null
prefix=$PREFIX client=$CLIENT_IPV6 server=$SERVER_IPV6
session c1 $(user dave) --action delete >/dev/null
if [[ $template == sit ]]; then
	ip -6 route add "$prefix/56" dev up0
	failing "a route that is there"
	ip -6 route del "$prefix/56" dev up0
fi

# The kernel takes an address for each of two devices
ip -6 addr add "$server/128" dev up0 nodad
before=$(kernel)
check "the server's end at another device: the client is served" session c1 $(user dave) --prefix 56
client_up c1
check "the server's end at another device: traffic flows" pings c1 $six
client_down c1
session c1 $(user dave) --action delete >/dev/null
is "the server's end at another device: nothing is left, and the address is" "$before" "$(kernel)"
ip -6 addr del "$server/128" dev up0

case $template in
sit)
	name=tsp$(awk '$3 == "dave" { print $1 + 0 }' /var/lib/tsp/users.leases)
	ip link add "$name" type dummy
	failing "a device of that name"
	ip link del "$name"
	;;
fast)
	tsp-datapath stop
	failing "a data path that is not started" offered # its teardown fails as well: a tunnel may be there
	systemctl restart tsp-datapath
	;;
esac
session c2 >/dev/null

cat >/run/hang.sh <<-END
	#!/bin/sh
	/etc/tsp/templates/$template.sh && [ \$TSP_OPERATION != TSP_TUNNEL_CREATION ] || exit
	exec sleep 60
END
chmod 755 /run/hang.sh
configure server.template=/run/hang.sh limits.template_seconds=2
failing "a template that hangs at its end" offered
systemctl stop tsp-expire.service # its minute may have come: it holds the lease while that template hangs
configure

check "the client is served when nothing is in the way" session c1 $(user dave) --prefix 56
client_up c1
check "and has a tunnel" pings c1 $six
