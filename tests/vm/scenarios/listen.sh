# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# listen.sh - tsp-listen.socket in place of tsp.socket

clean
configure limits.sessions_per_address=2

sub_state() { systemctl show -P SubState "$1"; }
waits() { [[ $(sub_state tsp-listen.socket) == "$1" ]]; }

check "it takes the place of tsp.socket" systemctl start tsp-listen.socket
check "and listens" waits listening
is "which does not any more" dead "$(sub_state tsp.socket)"
check "a client is served" session c1
first=$(systemctl show -P MainPID tsp-listen.service)
check "another one, by the same service" session c2
is "and not by a new one" "$first" "$(systemctl show -P MainPID tsp-listen.service)"
is "the service runs as tsp" "$(id -u tsp)" "$(stat -c %u "/proc/$first")"
is "it has no capability" 0000000000000000 "$(awk '/^CapEff/ { print $2 }' "/proc/$first/status")"
check "the journal has its sessions" grep -q 'anonymous: claims' <(journal -u tsp-listen.service TSP_EVENT=accepted)

ip netns exec c1 bash -c "for i in 1 2; do exec {fd}<>/dev/tcp/$server4/3653; done; sleep 60" &
held=$!
# the listener, and two processes of each session
check "one address has its share of sessions" eventually 10 processes 5
check "and no more" not session c1
check "another address is served" session c2
eventually 10 processes 5 # the newest is one of c1's again
pkill -KILL -n -x tsp-handler
check "a handler that is killed does not count" eventually 10 session c1
kill $held
wait $held 2>/dev/null
check "their sessions end with them" eventually 20 processes 1

on c1 /opt/tsp-test/tsp-client --host $server4 --hold 30 >/dev/null 2>&1 &
client=$!
check "a client has an offer" eventually 10 grep -q '^[0-9]* offered' /var/lib/tsp/anonymous.leases
check "the service is stopped" systemctl stop tsp-listen.service
check "the offer was taken back" not grep -q '^[0-9]* offered' /var/lib/tsp/anonymous.leases
is "nothing is left of it" 0 "$(pgrep -c -x tsp-handler)"
kill $client
wait $client 2>/dev/null
is "it did not fail" success "$(systemctl show -P Result tsp-listen.service)"
check "the next client starts it again" session c1

check "tsp.socket takes its place again" systemctl start tsp.socket
check "and serves" session c1
is "no unit has failed" "" "$(broken | grep -v '^tsp-restore')"
