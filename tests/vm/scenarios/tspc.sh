# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# tspc.sh - tspc with the kernel's sit and fou, and with a tun device: each mode, login and
# kind of host, against the data path; nothing of it stays

clean
configure limits.per_address=8
add_user alice bob
systemctl start tsp-udp.socket
# shellcheck source=tests/vm/guest/clients.sh
. ./clients.sh
masq_up
# the devices that modules make come with the first tunnel, and stay
ip -n c1 link add probe type sit local 203.0.113.10 remote $server4
ip -n c1 link del probe
mkdir -p /run/c1
before=$(traces c1)

# a_tunnel MODE CARRIER LOGIN KIND - from start to stop
a_tunnel() {
	local what="$1 by $2, $3, $4" options=("tunnel_mode=$1" "carrier=$2") lan
	case $3 in
	anonymous) options+=(auth_method=anonymous) ;;
	*) options+=("auth_method=$3" userid=alice passwd=pw-alice) ;;
	esac
	[[ $4 == host ]] || options+=(host_type=router if_prefix=lan0 prefixlen=56)
	check "$what: it has a tunnel" tspc_start c1 "${options[@]}"
	is "$what: of that mode, carried by" "$1 $2" "$(tspc_value c1 mode) $(tspc_value c1 carrier)"
	check "$what: it reaches the internet host" pings c1 $six
	check "$what: with packets of full size" pings c1 $six -s 1232 -M "do"
	check "$what: the internet host reaches it" pings six "$(tspc_value c1 address)"
	# veth leaves checksums out: the kernel's devices need a real card
	if [[ $2 == tspc ]]; then
		is "$what: TCP to it" 300000 "$(tcp six c1 "$(tspc_value c1 address)")"
		is "$what: TCP from it" 300000 "$(tcp c1 six $six)"
	fi
	if [[ $4 == router ]]; then
		lan=$(tspc_value c1 prefix)
		lan=${lan%%::*}
		ip -n lan addr add "$lan::7/64" dev eth0 nodad
		ip -n lan route replace default via "$lan::1"
		check "$what: a host behind it reaches the internet host" pings lan $six
		check "$what: an unused part of the prefix is unreachable" silent lan "$lan:0:0:0:ff01" -I "$lan::7"
		ip -n lan addr flush dev eth0 scope global
	fi
	check "$what: it ends" tspc_stop c1
	is "$what: nothing is left" "$before" "$(traces c1)"
}

a_tunnel v6v4 kernel anonymous host
a_tunnel v6v4 kernel plain router
a_tunnel v6v4 tspc digest-md5 router
a_tunnel v6udpv4 kernel digest-md5 host
a_tunnel v6udpv4 kernel any router
a_tunnel v6udpv4 tspc anonymous host
a_tunnel v6udpv4 tspc plain router

# What it would do by itself
check "without a NAT, any mode: a tunnel" tspc_start c1
is "by sit" "v6v4 kernel" "$(tspc_value c1 mode) $(tspc_value c1 carrier)"
tspc_stop c1
check "behind a NAT, any mode: a tunnel" tspc_start n1
is "by fou" "v6udpv4 kernel" "$(tspc_value n1 mode) $(tspc_value n1 carrier)"
check "it reaches the internet host" pings n1 $six
tspc_stop n1

# The kernel's device is of somebody else
ip -n c1 link add tspc type dummy
foreign=$(traces c1)
check "a foreign device of that name: no tunnel" not tspc_start c1 tunnel_mode=v6v4 carrier=kernel auto_retry_connect=no
is "and it stays as it was" "$foreign" "$(traces c1)"
ip -n c1 link del tspc
masq_down
