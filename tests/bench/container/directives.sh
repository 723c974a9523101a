# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# directives.sh - what the directives of the shipped unit cost each connection, and what
# systemd-analyze makes of them
#
# A unit that starts a static no-op, again and again with more of tsp@.service's own lines.
# Figures: what, milliseconds from connect to close (median of 40), exposure level.
shipped=$(systemctl cat tsp@.service | sed -n '/^\[Service/,$p')
dropin=$(sed -n '/^\[Service/,$p' /usr/share/doc/tsp-handler/tsp-hardened.conf)

# lines REGEX - the shipped unit's lines of these directives
lines() { grep -E "^($1)=" <<<"$shipped"; }

declare -a names
# unit NAME LINES - the next unit, on its own port
unit() {
	local number=${#names[@]}
	names+=("$1")
	cat >"/run/systemd/system/step$number.socket" <<-END
		[Socket]
		ListenStream=127.0.0.1:$((4000 + number))
		Accept=yes
		MaxConnections=256
		TriggerLimitIntervalSec=0
	END
	printf '[Service]\nExecStart=/opt/tsp-test/noop\nStandardInput=socket\n%s\n' "$2" \
		>"/run/systemd/system/step$number@.service"
}

step='User|AmbientCapabilities|CapabilityBoundingSet|NoNewPrivileges|StateDirectory.*|UMask|RuntimeMaxSec|TasksMax|MemoryMax|LimitCORE'
unit "no sandbox at all" ""
unit "user, capabilities, limits, state directory" "$(lines "$step")"
for more in SystemCallArchitectures 'SystemCallFilter|SystemCallErrorNumber' RestrictNamespaces \
	RestrictAddressFamilies DevicePolicy; do
	lines "$more" >/dev/null || echo "no $more in tsp@.service" >&2
	step+="|$more"
	unit "and ${more%%|*}" "$(lines "$step")"
done
shipped=$(grep -v '^ExecStart=' <<<"$shipped")
unit "all of tsp@.service" "$shipped"
unit "with tsp-hardened.conf" "$shipped"$'\n'"$dropin"
systemctl daemon-reload

declare -a level
for number in "${!names[@]}"; do
	systemctl start "step$number.socket"
	./tsp-bench $((4000 + number)) eof 1 10 >/dev/null
	level[number]=$(systemd-analyze security --offline=true --no-pager \
		"/run/systemd/system/step$number@.service" | sed -n 's/.*exposure level.*: \([0-9.]*\) .*/\1/p')
done
for _ in $(seq "$ROUNDS"); do
	for number in "${!names[@]}"; do
		line=$(./tsp-bench $((4000 + number)) eof 1 40)
		printf '%s\t%s\t%s\n' "${names[number]}" "$(cut -f7 <<<"$line")" "${level[number]}"
	done
done
# What systemd could not start closes a connection as well, and sooner
systemctl list-units --failed --plain --no-legend 'step*' >&2
