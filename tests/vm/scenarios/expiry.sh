# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# expiry.sh - leases end by the timer, for want of an answer to pings, and by the operator

clean
configure server.lifetime=10
add_user erin
check "an anonymous client gets a tunnel" session c1
host=$CLIENT_IPV6
check "a user gets a tunnel and a prefix" session c2 $(user erin) --prefix 56
client_up c2
check "there are tunnels" tunnel "$CLIENT_IPV6"

# Every 2 seconds instead of every 5 minutes, which is more often than systemd allows by default
mkdir -p /run/systemd/system/tsp-expire.{timer,service}.d
printf '[Unit]\nStartLimitIntervalSec=0\n' >/run/systemd/system/tsp-expire.service.d/test.conf
printf '%s\n' '[Timer]' OnActiveSec=1 OnUnitInactiveSec=2 AccuracySec=100ms >/run/systemd/system/tsp-expire.timer.d/test.conf
systemctl daemon-reload
systemctl restart tsp-expire.timer
sleep 3
check "the timer ends nothing before its time" tunnel "$host"
date -s '+11 minutes' >/dev/null
check "then it takes down the host's tunnel" eventually 20 not tunnel "$host"
check "and the user's" eventually 10 not tunnel "$CLIENT_IPV6"
check "and the way to the prefix" not tunnel "${PREFIX%0}1"
check "no traffic flows" silent c2 $six
is "no tunnel is left" 0 "$(tunnels)"
systemctl stop tsp-expire.timer
rm -r /run/systemd/system/tsp-expire.timer.d
systemctl daemon-reload
is "the unit did not fail" "" "$(broken)"

# pings of the server's: c1 answers, c2 is not there
configure server.lifetime=60
session c2 $(user erin) >/dev/null
client_down c2
erin=$CLIENT_IPV6
session c1 >/dev/null
client_up c1
systemctl start tsp-expire.service
for step in 1 2 3; do
	date -s '+35 minutes' >/dev/null
	systemctl start tsp-expire.service
done
check "the tunnel of a silent client is gone" not tunnel "$erin"
check "that of a client which answers is not" pings c1 $six

session c2 $(user erin) --prefix 56 >/dev/null
client_up c2
check "the user comes back" pings c2 $six
check "the operator releases the lease" tspctl release --yes erin
check "its tunnel is gone" not tunnel "$CLIENT_IPV6"
check "and the way to its prefix" not tunnel "${PREFIX%0}1"
check "no traffic flows" silent c2 $six
check "the other tunnel is still there" pings c1 $six

rm -r /run/systemd/system/tsp-expire.service.d
systemctl daemon-reload
