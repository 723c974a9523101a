# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# flood.sh - strangers fill no journal and push nothing out of it, while 40 others get tunnels: one
# address makes sessions that fail, or takes and gives up its lease, as fast as it can; forged clients
# over UDP take leases
#
# The journal takes 100 lines in 30 s of a unit that sets no limit itself; by default it takes
# 10,000, which a faster machine than this reaches.

mkdir -p /run/systemd/journald.conf.d
printf '[Journal]\nRateLimitBurst=100\n' >/run/systemd/journald.conf.d/flood.conf
systemctl restart systemd-journald

client="/opt/tsp-test/tsp-client --host $server4"

# flooder COMMAND... - again and again, until /run/flood is gone
flooder() {
	while [[ -e /run/flood ]]; do
		"$@" >/dev/null 2>&1
		echo >>/run/flood.count
	done
}

# flooded PROCESSES COUNT COMMAND... - COMMAND in so many processes, and the crowd when it was run
# COUNT times; how many of the crowd got a tunnel
flooded() {
	local i got=0 flooders=()
	: >/run/flood.count
	touch /run/flood
	since=$(date +%s)
	for ((i = 0; i < $1; i++)); do
		flooder "${@:3}" &
		flooders+=($!)
	done
	eventually 60 many "$2"
	for i in {1..40}; do
		on crowd $client --bind "198.51.100.$i" >/dev/null 2>&1 && got=$((got + 1))
	done
	rm /run/flood
	wait "${flooders[@]}"
	echo $got
}
many() { [[ $(wc -l </run/flood.count) -ge $1 ]]; }

# entries MATCH... - of the journal since the flood began, and of nobody but handlers
entries() {
	journalctl --sync
	journalctl -q -o cat --no-pager --since "@$since" -t tsp-handler "$@"
}
crowd_events() { entries TSP_EVENT=accepted | grep -oE '198\.51\.100\.[0-9]+' | sort -u | wc -l; }
of_flooder() { entries | grep -c "$1"; }

# lost_nothing WHAT FLOODER LIMIT - the journal has the crowd's leases, and few lines of the flood
lost_nothing() {
	local lines
	is "$1: all of the crowd get tunnels" 40 "$(</run/got)"
	is "$1: the journal has all their leases" 40 "$(crowd_events)"
	check "$1: it says what is left out" grep 'more lines of' <(entries)
	lines=$(of_flooder "$2")
	check "$1: few lines of it, $lines" [ "$lines" -le "$3" ]
}

for unit in tsp.socket tsp-listen.socket; do
	clean
	configure limits.login_delay=0
	systemctl start $unit
	flooded 16 150 on c1 $client --mechanism DIGEST-MD5 --user nobody --password wrong --realm $realm >/run/got
	lost_nothing "$unit, $(wc -l </run/flood.count) failed logins" '203\.0\.113\.10[ :]' 150
	is "systemd logs nothing for a connection" 0 "$(journalctl -q -o cat --since "@$since" | grep -c 'Started tsp@')"
done

clean
configure
systemctl start tsp.socket
flooded 4 200 on c1 $client >/run/got
lost_nothing "$(wc -l </run/flood.count) leases of one address" '203\.0\.113\.10[ :]' 150
check "that address had the lease" grep '203\.0\.113\.10 ' <(entries TSP_EVENT=accepted)

clean
configure server.accept="127.0.0.0/8 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24"
systemctl start tsp.socket tsp-udp.socket
flooded 1 0 /opt/tsp-test/tsp-udp-flood 3653 v6v4 100 20 >/run/got
# a line a second passes, and one that says how many did not
lost_nothing "forged clients over UDP, 100 a second" '127\.66\.' $((240 + 2 * ($(date +%s) - since)))
check "they had leases" [ "$(tspctl list --all --count --pool anonymous)" -ge 256 ]

clean
rm -r /run/systemd/journald.conf.d
systemctl restart systemd-journald
systemctl start tsp.socket
