# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# flood.sh - one address makes sessions that fail, as fast as it can, while 40 others get tunnels:
# the journal has what happened to the leases of all of these, and few lines of that one
#
# The journal takes 100 lines in 30 s of a unit that sets no limit itself; by default it takes
# 10,000, which a faster machine than this reaches.

mkdir -p /run/systemd/journald.conf.d
printf '[Journal]\nRateLimitBurst=100\n' >/run/systemd/journald.conf.d/flood.conf
systemctl restart systemd-journald

# flooder CLIENT [OPTION]... - failed logins of c1, one after the other, until /run/flood is gone
flooder() {
	while [[ -e /run/flood ]]; do
		on c1 "$@" --mechanism DIGEST-MD5 --user nobody --password wrong --realm $realm >/dev/null 2>&1
		echo >>/run/flood.count
	done
}

# flooded CLIENT [OPTION]... - the flood, and the crowd in the middle of it; how many got a tunnel
flooded() {
	local i got=0 flooders=()
	: >/run/flood.count
	touch /run/flood
	since=$(date +%s)
	for i in {1..16}; do
		flooder "$@" &
		flooders+=($!)
	done
	eventually 60 many 150
	for i in {1..40}; do
		on crowd "$@" --bind "198.51.100.$i" >/dev/null 2>&1 && got=$((got + 1))
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
of_flooder() { entries | grep -c '203\.0\.113\.10[ :]'; }

for unit in tsp.socket tsp-listen.socket; do
	clean
	configure limits.login_delay=0
	systemctl start $unit
	flooded /opt/tsp-test/tsp-client --host $server4 >/run/got
	is "$unit: all of the crowd get tunnels" 40 "$(</run/got)"
	is "the journal has all their leases" 40 "$(crowd_events)"
	check "and says what is left out" grep 'more lines of this' <(entries)
	lines=$(of_flooder)
	check "few lines of the flood, of $(wc -l </run/flood.count) logins" [ "$lines" -le 150 ]
	is "systemd logs nothing for a connection" 0 "$(journalctl -q -o cat --since "@$since" | grep -c 'Started tsp@')"
done
clean
rm -r /run/systemd/journald.conf.d
systemctl restart systemd-journald
systemctl start tsp.socket
