# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2086,SC2154
#
# late-address.sh - a boot whose network is "online" before it has an IPv4 address

clean
configure
check "a client gets a tunnel" session c1
client_up c1
check "traffic flows" pings c1 $six

# As the boot goes then: no data path, no tunnels, no address yet
systemctl stop tsp-datapath tsp-restore
tsp-datapath stop
ip addr del 192.0.2.1/24 dev wan0
systemctl start --no-block tsp-datapath
failed() { [[ $(systemctl show -P NRestarts tsp-datapath) -gt 0 ]]; }
check "the data path does not start, and is tried again" eventually 60 failed
systemctl start tsp-restore
is "no tunnel is built" failed "$(systemctl show -P ActiveState tsp-restore)"

ip addr add 192.0.2.1/24 dev wan0
ip route add default via 192.0.2.254
started() { [[ $(systemctl show -P ActiveState "$1") == active ]]; }
check "with the address the data path starts" eventually 60 started tsp-datapath
check "and the tunnels are built" eventually 60 started tsp-restore
check "the client goes on without a new session" pings c1 $six
is "no unit failed" "" "$(broken)"
