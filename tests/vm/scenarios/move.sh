# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# move.sh - from one template to the other and back with `tspctl restore --from`, as
# docs/templates.md says; restore.sh has the other way, without the old template

clean
configure
add_user alice
session c1 $(user alice) --prefix 56 >/dev/null
client_up c1
session c2 >/dev/null

# move FROM TO
move() {
	systemctl stop tsp.socket tsp-expire.timer 'tsp@*'
	sed -i "s|^template *=.*|template = /etc/tsp/templates/$2.sh|" /etc/tsp/tsp.conf
	tspctl restore --from "/etc/tsp/templates/$1.sh" && systemctl start tsp.socket tsp-expire.timer
}

# sweep TEMPLATE - what it keeps for all tunnels goes, with the commands of the document
sweep() {
	local command
	command=$(sed -n "s/^| \`$1.sh\`.* | \`\(.*\)\` |\$/\1/p" /opt/tsp-test/templates.md)
	[[ $command ]] && eval "$command"
}

was=$template
case $was in
sit) other=sit-shared ;;
*) other=sit ;;
esac
for to in $other $was; do
	from=$template
	check "from $from.sh to $to.sh" move $from $to
	template=$to
	check "from $from.sh to $to.sh: traffic flows at once" pings c1 $six
	check "from $from.sh to $to.sh: what the old template kept can go" sweep $from
	is "from $from.sh to $to.sh: there are two tunnels" 2 "$(tunnels)"
	check "from $from.sh to $to.sh: traffic flows then, too" pings c1 $six
	ip -n c1 addr add 2001:db8:77::1/128 dev tun6 nodad
	check "from $from.sh to $to.sh: and is filtered" silent c1 $six -I 2001:db8:77::1
	ip -n c1 addr del 2001:db8:77::1/128 dev tun6
done
