# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# move.sh - from one template to the other and back: with `tspctl restore --from`, as
# docs/templates.md says, and without the old template, as tsp-template(7) says

clean
configure
add_user alice
session c1 $(user alice) --prefix 56 >/dev/null
client_up c1
session c2 >/dev/null
check "a client in UDP has a tunnel" udp_session c3 --address 192.168.7.2 --from 40000
check "it sets up its end" udp_up c3

# move FROM TO
move() {
	systemctl stop tsp.socket tsp-expire.timer 'tsp@*'
	sed -i "s|^template *=.*|template = /etc/tsp/templates/$2.sh|" /etc/tsp/tsp.conf
	tspctl restore --from "/etc/tsp/templates/$1.sh" && systemctl start tsp.socket tsp-expire.timer
}

# sweep TEMPLATE - remove its shared state, with the commands of the document
sweep() {
	local command
	command=$(sed -n "s/^| \`$1.sh\`.* | \`\(.*\)\` |\$/\1/p" /opt/tsp-test/templates.md)
	[[ $command ]] && eval "$command" || return
	ip link del tspu0 2>/dev/null
	tspctl restore
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
	check "from $from.sh to $to.sh: that in UDP as well" pings c3 $six
	check "from $from.sh to $to.sh: what the old template kept can go" sweep $from
	is "from $from.sh to $to.sh: there are three tunnels" 3 "$(tunnels)"
	check "from $from.sh to $to.sh: traffic flows then, too" pings c1 $six
	check "from $from.sh to $to.sh: and in UDP" pings c3 $six
	check "from $from.sh to $to.sh: and is filtered" filtered c1 2001:db8:77::1
done

# by_hand FROM TO
by_hand() {
	systemctl stop tsp.socket tsp-expire.timer 'tsp@*'
	if [[ $1 == sit ]]; then
		ip -o link show type sit | grep -oE ' tspa?[0-9a-f]+@' | tr -d @ |
			sed 's/^/link del/' | ip -batch -
		nft delete table ip6 tsp
		nft delete table ip tsp
	else
		ip link del tsp0
		ip link del tspu0
		nft delete table ip tsp
		nft delete table ip6 tsp
	fi
	sed -i "s|^template *=.*|template = /etc/tsp/templates/$2.sh|" /etc/tsp/tsp.conf
	systemctl restart tsp-restore
	systemctl start tsp.socket tsp-expire.timer
}

for to in $other $was; do
	from=$template
	check "by hand from $from.sh to $to.sh" by_hand $from $to
	template=$to
	is "by hand from $from.sh to $to.sh: there are three tunnels" 3 "$(tunnels)"
	check "by hand from $from.sh to $to.sh: traffic flows" pings c1 $six
	check "by hand from $from.sh to $to.sh: and in UDP" pings c3 $six
	check "by hand from $from.sh to $to.sh: and is filtered" filtered c1 2001:db8:77::1
done
udp_down c3
