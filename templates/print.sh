#!/bin/sh
# SPDX-License-Identifier: MIT
# TSP-Modes: v6v4 v6udpv4
# TSP-Capability: none
#
# print.sh - print the environment, sorted, and build nothing
#
# For trials: clients are offered tunnels that do not exist. It prints what every template
# gets; tsp-template(7) explains each variable. Paste the lines into a shell to run another
# template by hand.
set -eu

case ${TSP_OPERATION:?} in
TSP_TUNNEL_INFO) echo "rx_bytes=0 tx_bytes=0 rx_packets=0 tx_packets=0" ;;
*) export -p ;; # what `env | sort` would say, without two more processes per session
esac
