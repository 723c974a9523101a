# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# inetd.sh - openbsd-inetd in place of systemd, same client

clean
configure
add_user alice
systemctl stop tsp.socket
# A service that systemd is about to start may still have the listening socket open
vacant() { [[ -z $(ss -Htln sport = :3653) ]]; }
eventually 10 vacant
echo '3653 stream tcp nowait.1000 root /usr/sbin/tsp-handler tsp-handler' >/run/inetd.conf
inetd -d -E /run/inetd.conf >/run/inetd.log 2>&1 &
inetd=$!

check "an anonymous client gets a tunnel" eventually 10 session c1
is "its address contains its IPv4 address" 2001:0db8:000a:0000:cb00:710a:0000:0003 "$CLIENT_IPV6"
[[ $template == print ]] || {
	client_up c1
	check "it reaches an internet host" pings c1 $six
}
check "a user gets a tunnel and a prefix" session c2 $(user alice) --prefix 56
is "its length" 56 "$PREFIXLEN"

ip netns exec c1 /opt/tsp-test/tsp-client --host $server4 --hold 20 >/dev/null 2>&1 &
client=$!
check "a session has two processes" eventually 10 processes 2
eventually 10 grep -q '^[0-9]* offered' /var/lib/tsp/anonymous.leases
is "no process of the session is root's" "" "$(pgrep -u root -x tsp-handler)"
kill $client
kill $inetd
wait $client $inetd 2>/dev/null
systemctl start tsp.socket
check "and back to systemd" eventually 10 session c1
