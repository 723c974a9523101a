#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pool-routes add|remove - "unreachable" routes for the ranges of the pools in tsp.conf
#
# A packet to an address of a pool that has no tunnel would follow the default route to the
# provider, who sends it back: it would go round until its hop limit ends. Tunnels have more
# specific routes, the data path one of a better metric, but neither always exists. These
# routes belong to no device, so that they stay when one goes down.
#
# Started by tsp-routes.service; needs CAP_NET_ADMIN. Routes of ranges that tsp.conf does not
# have any more are removed. TSP_CONFIG names another tsp.conf.
set -eu

PROTOCOL=184 # that marks our routes
METRIC=2048  # behind the data path's, 512, and those of an operator, 1024 by default

usage() {
	echo "usage: pool-routes add|remove" >&2
	exit 100
}

# ranges - one in each line
ranges() {
	"${TSPCTL:-tspctl}" policy /dev/stdin <<-'PAGE'
		{{if anonymous.link}}
		{{anonymous.link}}
		{{end}}
		{{if users.link}}
		{{users.link}}
		{{end}}
		{{if users.prefix}}
		{{users.prefix}}
		{{end}}
	PAGE
}

# present - ranges that have a route of ours
present() {
	ip -6 route show type unreachable proto $PROTOCOL | awk '{ print $2 }'
}

[ $# -eq 1 ] || usage
case $1 in
add)
	wanted=$(ranges)
	for range in $wanted; do
		ip -6 route replace unreachable "$range" proto $PROTOCOL metric $METRIC
	done
	;;
remove) wanted='' ;;
*) usage ;;
esac

present | while read -r range; do
	echo "$wanted" | grep -Fqx "$range" ||
		ip -6 route del unreachable "$range" proto $PROTOCOL metric $METRIC
done
