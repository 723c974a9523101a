#!/bin/sh
# SPDX-License-Identifier: MIT
# TSP-Carriers: tspc
# TSP-Stay: no
#
# trial.sh - template of "tspc --trial": set the tunnel up as linux.sh does, which stands in the
# same directory, ping the broker's end of the tunnel, and print what happened
set -eu

"${0%/*}/linux.sh"
[ "${TSP_OPERATION:?}" = TSP_TUNNEL_CREATION ] || exit 0

echo "broker     ${TSP_SERVER_ADDRESS_IPV4:?}, UDP port ${TSP_SERVER_PORT:?}"
echo "client     ${TSP_CLIENT_ADDRESS_IPV4:?}, in the network namespace tsp-trial"
echo "account    ${TSP_CLIENT_DNS_NAME:-anonymous}"
echo "tunnel     ${TSP_TUNNEL_MODE:?} from UDP port ${TSP_CLIENT_PORT:?}, MTU ${TSP_TUNNEL_MTU:?}"
ping -6 -n -c 3 -i 0.2 -W 5 -w 15 "${TSP_SERVER_ADDRESS_IPV6:?}" |
	sed -n 's/^[0-9]* bytes from/ping       &/p; s/.* packets transmitted/ping       &/p' |
	grep . || { echo "ping       no answer from $TSP_SERVER_ADDRESS_IPV6" && exit 1; }
