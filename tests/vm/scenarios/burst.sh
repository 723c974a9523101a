# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# burst.sh - 1,000 connections, and sessions that end badly, do not stop the service

clean
configure

# burst COUNT - connections one after the other, each closed at once
burst() {
	on c1 timeout 60 bash -c "for ((i = 0; i < $1; i++)); do
		exec 3<>/dev/tcp/$server4/3653 && n=\$((n + 1)); exec 3>&-
	done; echo \$n"
}

connections() { systemctl list-units --plain --no-legend 'tsp@*' | wc -l; }
quiet() { [[ $(connections) -eq 0 ]]; }

systemctl log-level err # a line for each of them is half of the work
is "1,000 connections are taken" 1000 "$(burst 1000)"
check "the socket unit still listens" listening
check "the instances go away" eventually 120 quiet
systemctl log-level info
check "a client is served" session c1

# MaxConnectionsPerSource=16: silent clients use it up, and give it back however they end
hold() {
	ip netns exec c1 bash -c "for ((i = 0; i < 16; i++)); do exec {fd}<>/dev/tcp/$server4/3653; done; sleep 120" &
	held=$!
	eventually 60 processes 32
}
refused() { ! session c1; }

hold
check "one address has no more than 16 sessions" eventually 60 refused
check "another address is served" session c2
pkill -KILL -x tsp-handler
check "killed handlers do not count: the address is served again" eventually 60 session c1
kill $held
wait $held 2>/dev/null

on c1 bash -c "for ((i = 0; i < 20; i++)); do exec {fd}<>/dev/tcp/$server4/3653; exec {fd}>&-; done"
configure server.template=/bin/false server.nonsense=1
# one after the other: the end of the connection is that of the handler
on c1 bash -c "for ((i = 0; i < 20; i++)); do exec 3<>/dev/tcp/$server4/3653; read -rt 10 -u 3; exec 3>&-; done"
configure
check "failed handlers do not count: the address is served again" eventually 60 session c1
check "the instances go away" eventually 120 quiet
is "no unit has failed" "" "$(broken)"
check "the socket unit still listens" listening
