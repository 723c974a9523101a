# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# move.sh - from one template to the other and back, with the commands of docs/templates.md

clean
configure
add_user alice
session c1 $(user alice) --prefix 56 >/dev/null
client_up c1
session c2 >/dev/null

# move TO - the block of the document for that template
move() {
	local commands
	commands=$(awk -v name="<!-- move: $1.sh -->" '
		$0 == name { found = 1; next }
		found && /^```/ { if (inside) exit; inside = 1; next }
		inside' /opt/tsp-test/templates.md)
	[[ $commands ]] && bash -e <<<"${commands//\/usr\/local\/lib/\/usr\/lib}"
}

was=$template
case $was in
sit) other=fast ;;
*) other=sit ;;
esac
for to in $other $was; do
	from=$template
	before=$(./clock.sh)
	check "from $from.sh to $to.sh" move $to
	template=$to
	check "from $from.sh to $to.sh: traffic flows at once" pings c1 $six
	within 15 "from $from.sh to $to.sh: traffic" $before $(./clock.sh)
	is "from $from.sh to $to.sh: there are two tunnels" 2 "$(tunnels)"
	check "from $from.sh to $to.sh: and it is filtered" filtered c1 2001:db8:77::1
	is "from $from.sh to $to.sh: no device of the other is left" 0 \
		"$(ip -o link show | grep -cE "$([[ $to == fast ]] && echo ': tspa?[1-9a-f]' || echo ': tsp0x?[@:]')")"
	check "from $from.sh to $to.sh: a newcomer is served" session crowd --bind 198.51.100.9
	session crowd --bind 198.51.100.9 --action delete >/dev/null
	if [[ $to == fast ]]; then
		check "from $from.sh to $to.sh: a client in UDP as well" udp_session c3 --address 192.168.7.2 --from 40000
		udp_up c3
		check "from $from.sh to $to.sh: and its traffic flows" pings c3 $six
		tspctl release --yes 203.0.113.130 >/dev/null
		udp_down c3
	fi
done
is "no unit failed" "" "$(broken)"
