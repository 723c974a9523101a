# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# forged.sh - 1,000 forged sources over UDP fill nothing
#
# A forger sees no answer and needs none: some go on blindly until they have
# accepted. There are eight leases here, and 256 conversations.

clean
configure anonymous.capacity=8 limits.login_seconds=5 limits.session_seconds=15 \
	server.accept="192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 10.7.0.0/16"
add_user alice bob
systemctl stop tsp-udp.socket tsp-udp.service
systemctl start tsp-udp.socket

ip -n crowd route replace local 10.7.0.0/16 dev lo
ip -n net route replace 10.7.0.0/16 via 10.255.1.2
leased() { grep -cE '^[0-9]{8} (offered|claimed|present)' /var/lib/tsp/anonymous.leases; }
gone() { ! pgrep -x tsp-handler; }

check "a user has a tunnel in UDP" udp_session c3 --mechanism DIGEST-MD5 --user alice --password pw-alice \
	--address 192.168.7.2 --from 40001
udp_up c3
check "it works" pings c3 $six
tspctl expire >/dev/null 2>&1 # it has seen packets, so the lease stays

forge() { on crowd /opt/tsp-test/tsp-udp-client --host $server4 --bind 10.7.0.0 --from 4000 "$@"; }
check "20 sources say all that a client says" forge --forge 20 --blind 20 --again 3000
is "they take no lease: no secret comes back" 0 "$(leased)"
check "an honest client is served" udp_session c2 --address 10.0.0.1
check "1,000 sources begin to talk" forge --forge 1000
check "they take no process: those there are belong to the 20" test "$(pgrep -c -x tsp-handler)" -le 40
check "the user still has" pings c3 $six
check "no conversation outlives its limits" eventually 60 gone
check "there is room for conversations: another user is served" udp_session c1 --mechanism DIGEST-MD5 --user bob \
	--password pw-bob --address 203.0.113.10 --bind 203.0.113.10

is "there is no lease of a client that was not heard" 0 "$(leased)"
is "nor its tunnel" 2 "$(tunnels)"
check "the user's tunnel is" pings c3 $six
udp_down c3
is "no unit failed" "" "$(broken)"
