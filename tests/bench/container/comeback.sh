# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# comeback.sh - 10,000 clients at once, through tsp.socket and tsp@.service
#
# Memory is what the whole machine has less than before at the worst moment, everything
# included: processes, sockets, systemd. Figures: what comeback.c prints, leases afterwards,
# that memory in MB, most handlers at a time.

# available - memory, in kB
available() { awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo; }

# watch - the least of it and the most handlers until the file is gone
watch() {
	local least most=0 now
	least=$(available)
	while [[ -e watching ]]; do
		now=$(available)
		[[ $now -ge $least ]] || least=$now
		now=$(pgrep -c -x tsp-handler)
		[[ $now -le $most ]] || most=$now
		sleep 0.3
	done
	echo "$least $most"
}

rm -f /var/lib/tsp/anonymous.leases
tspctl init --yes >/dev/null
./tsp-bench 3653 offer 1 1 >/dev/null
before=$(available)
: >watching
exec {result}< <(watch)
figures=$(./comeback 3653 "$CLIENTS" 240)
rm watching
read -r least most <&$result
tspctl check >&2
# the first one came from another address
printf '%s\t%s\t%s\t%s\n' "$figures" "$(($(tspctl list --plain --pool anonymous | wc -l) - 1))" \
	"$(((before - least) / 1024))" "$most"
