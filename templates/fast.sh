#!/bin/sh
# SPDX-License-Identifier: MIT
# TSP-Modes: v6v4 v6udpv4
# TSP-Batch: yes
# TSP-List: yes
# TSP-Proof: yes
# TSP-Capability: none
# TSP-Datapath: yes
# TSP-Devices: veth
#
# fast.sh - IPv6 in IPv4 (protocol 41) or in UDP, one entry of a map per client
#
# All tunnels are behind one network device, tsp0. tsp-datapath(8) makes it once per boot
# and attaches the programs that carry packets; here tsp-tunnel(8) tells them where a client
# is. It takes that from the variables of tsp-template(7), and for many tunnels from the
# lines on standard input. No capability is needed.
#
# `tsp-datapath status` shows what is attached and what was dropped, `tcpdump -i tsp0` the
# packets of all clients, both ways. Commands of yours may stand before exec, or run after
# tsp-tunnel without it.
set -eu

case ${TSP_OPERATION:?} in
TSP_TUNNEL_CREATION) exec tsp-tunnel add ;;
TSP_TUNNEL_TEARDOWN) exec tsp-tunnel del ;;
TSP_TUNNEL_INFO) exec tsp-tunnel info ;;
TSP_TUNNEL_BATCH) exec tsp-tunnel batch add ;;
TSP_TUNNEL_BATCH_INFO) exec tsp-tunnel batch info ;;
TSP_TUNNEL_LIST) exec tsp-tunnel list ${TSP_LIST_COUNTERS:+--traffic} ;;
esac
echo "fast.sh: unknown operation $TSP_OPERATION" >&2
exit 1
