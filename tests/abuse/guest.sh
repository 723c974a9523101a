# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# guest.sh - the attacks of tests/abuse/units, run by tests/vm/guest/main.sh

# limits MAXIMUM OF-ONE-SOURCE - of tsp.socket, from now on
limits() {
	mkdir -p /run/systemd/system/tsp.socket.d
	printf '[Socket]\nMaxConnections=%s\nMaxConnectionsPerSource=%s\n' "$1" "$2" \
		>/run/systemd/system/tsp.socket.d/limits.conf
	systemctl daemon-reload
	systemctl restart tsp.socket
}

quiet() { ! pgrep -x tsp-handler; }

# attack LABEL NAME OPTION... - a row of the table
attack() {
	local label=$1 row
	shift
	eventually 90 quiet
	row=$(/opt/tsp-test/abuse "${@:2}" -u user:pw 3653 "$1")
	printf '# abuse: %-34s %s\n' "$label" "${row#* }"
}

# the honest users of tests/abuse/honest.c
for i in 1 3 5 7; do
	digest=$(printf 'user%s:%s:pw' $i "$realm" | md5sum)
	echo "user$i:$realm:${digest%% *}" >>/etc/tsp/users
done
rm -f /var/lib/tsp/*.leases
configure server.accept=127.0.0.0/8 anonymous.capacity=8192 server.template=/bin/true
ip link set lo up

printf '# abuse: %-34s %s\n' attack \
	"opened  peak  per_s unheard granted honest served      %  ms_50  ms_90 ms_max"
attack "none" none -s 10
attack "flood, 1 source" flood -w 32 -n 5000 -s 30
attack "half-open, 1,000, 1 source" half-open -w 1000 -n 20000 -s 30
attack "slow, 1,000, 1 source" slow -w 1000 -n 20000 -s 30
attack "slow, 200, 100 sources" slow -w 200 -n 20000 -f 100 -s 30
attack "slow, 1,000, 100 sources" slow -w 1000 -n 20000 -f 100 -s 30
attack "failed logins, 1 source" logins -w 64 -n 10000 -s 30
attack "failed logins, 10 sources" logins -w 100 -n 10000 -f 10 -s 30
limits 2048 16
attack "slow, 1,000, 100 sources, max 2048" slow -w 1000 -f 100 -s 40
