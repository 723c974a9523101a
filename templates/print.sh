#!/bin/sh
# SPDX-License-Identifier: MIT
# TSP-Modes: v6v4 v6udpv4
# TSP-Capability: none
#
# print.sh - print the environment, sorted, and build nothing
#
# For trying things out: clients are offered tunnels that are not there. What it prints is
# what every template gets; tsp-template(7) explains each variable. The lines can be pasted
# into a shell to run another template by hand.
set -eu

case ${TSP_OPERATION:?} in
TSP_TUNNEL_INFO) echo "rx_bytes=0 tx_bytes=0 rx_packets=0 tx_packets=0" ;;
*) export -p ;; # what `env | sort` would say, without two more processes per session
esac
