# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# machines.bash - two machines' worth of handlers on the same allocation files
#
# Each machine is a set of namespaces (processes, network, mounts, host name) with its own
# server; both have the same state directory. The same users visit both at once, anonymous
# clients of different addresses visit each, and some handlers are killed. Needs
# handler.bash and root.

# machine_start I - machine number I, with its server at 127.0.0.1 port 3653: ${machines[I]}
machine_start() {
	unshare --net --pid --mount-proc --uts --kill-child --fork sh -c "
		ip link set lo up
		hostname machine$1
		export SYSTEMD_LOG_TARGET=console # as process 1 it logs elsewhere
		exec systemd-socket-activate --accept --inetd -l 127.0.0.1:3653 \
			-E TSP_CONFIG='$TSP_DIR/tsp.conf' '$HANDLER'" \
		>"$TSP_DIR/log.$1" 2>&1 </dev/null 3>&- &
	machines[$1]=$!
	wait_until 10 grep -qs '^Listening on' "$TSP_DIR/log.$1"
}

# init_of I - its process 1, which takes all others along
init_of() {
	pgrep -o -P "${machines[$1]}"
}

machines_stop() {
	local i
	for i in "${!machines[@]}"; do
		kill -9 "$(init_of "$i")" 2>/dev/null || true
		wait "${machines[i]}" 2>/dev/null || true
	done
	machines=()
}

# on_machine I COMMAND...
on_machine() {
	local init
	init=$(init_of "$1")
	shift
	nsenter --net --target "$init" "$@"
}

machines_quiet() {
	local i
	for i in "${!machines[@]}"; do
		! pgrep -x tsp-handler --ns "$(init_of "$i")" --nslist pid >/dev/null || return 1
	done
}

# visitors I ROUND COUNT - to machine I: users and anonymous clients, COUNT of each
visitors() {
	local i
	for ((i = 1; i <= $3; i++)); do
		on_machine "$1" "$TOOLS/tsp-client" --port 3653 --timeout $((30 * PATIENCE)) \
			--bind "127.$1.$2.$i" --mechanism PLAIN --user "user$i" --password s3cret \
			--prefix 56 >"$TSP_DIR/result.u.$1.$2.$i" 2>&1 3>&- &
		on_machine "$1" "$TOOLS/tsp-client" --port 3653 --timeout $((30 * PATIENCE)) \
			--bind "127.$1.100.$i" >"$TSP_DIR/result.a.$1.$2.$i" 2>&1 3>&- &
	done
	wait
}

# kill_some I - kill three handlers of that machine, at random moments
kill_some() {
	local i victim
	for i in 1 2 3; do
		sleep "0.0$((RANDOM % 9 + 1))"
		victim=$(pgrep -x tsp-handler --ns "$(init_of "$1")" --nslist pid | shuf -n 1)
		[[ -z $victim ]] || kill -9 "$victim" 2>/dev/null || true
	done
}

# addresses I ROUND - what each user was told there, in order; "-" for nothing
addresses() {
	local i
	for ((i = 1; i <= count; i++)); do
		sed -n 's/^CLIENT_IPV6=//p' "$TSP_DIR/result.u.$1.$2.$i" | grep . || echo -
	done
}

# machines_lost - count damage, with no kills going on: files are sound, and both machines give
# each user the same address, which no other user has
machines_lost() {
	local lost=0
	leases >"$TSP_DIR/leases.out" 2>&1 || lost=1
	visitors 1 98 "$count"
	visitors 2 99 "$count"
	cmp -s <(addresses 1 98) <(addresses 2 99) || lost=$((lost + 1))
	[[ $(addresses 2 99 | grep -v '^-' | sort -u | wc -l) -eq $count ]] || lost=$((lost + 1))
	leases >"$TSP_DIR/leases.out" 2>&1 || lost=$((lost + 1))
	echo $lost
}

# machines_run ROUNDS COUNT - print a line of the table; false when something was lost
machines_run() {
	local i round count=$2 all lost served refused
	machines=()
	make_files
	for ((i = 1; i <= count; i++)); do
		add_user "user$i" s3cret
	done
	machine_start 1 && machine_start 2 || return 1
	for ((round = 1; round <= $1; round++)); do
		visitors 1 $round "$count" &
		visitors 2 $round "$count" &
		kill_some 1 &
		kill_some 2 &
		# shellcheck disable=SC2046 # one id each
		wait $(jobs -p | grep -vxF "$(printf '%s\n' "${machines[@]}")")
	done
	wait_until 70 machines_quiet
	all=$(($1 * count * 4))
	served=$(grep -l '^CLIENT_IPV6=' "$TSP_DIR"/result.* | wc -l)
	refused=$(grep -h '^STATUS=[1-9]' "$TSP_DIR"/result.* | grep -vc '^STATUS=200')
	lost=$(machines_lost)
	machines_stop
	printf '%-12s %-15s %6s %7s %8s %8s %5s\n' sessions "two machines" $all "$served" \
		"$refused" $((all - served - refused)) "$lost"
	[[ $lost -eq 0 ]]
}
