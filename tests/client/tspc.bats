#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspc.bats - tspc and the real handler, over TCP and over UDP

# shellcheck disable=SC2154 # output and lines are bats'
load ../lib/handler
load ../lib/udp
load ../lib/tspc

setup() {
	udp_begin
	export RUNTIME_DIRECTORY=$TSP_DIR/run
	mkdir "$RUNTIME_DIRECTORY"
}

teardown() {
	test_end
}

# once [KEY=VALUE]... - tspc --once, that ends well; $output is what the template was told
once() {
	tspc_config "$@"
	run "$TSPC" --once -f "$TSP_DIR/tspc.conf"
	[[ $status -eq 0 ]] || fail "exit status $status" "$output" "$(tail -n 5 "$TSP_DIR/log")"
}

# told NAME VALUE - the template was told so
told() {
	[[ $output == *"export $1='$2'"* ]] || fail "$1 is not '$2'" "$output"
}

# told_not NAME - the template was not told so
told_not() {
	[[ $output != *"export $1="* ]] || fail "$1 is there" "$output"
}

# refused_with MESSAGE [KEY=VALUE]... - tspc --once ends with 111 and one line that says so
refused_with() {
	local message=$1
	shift
	tspc_config "$@"
	run -111 "$TSPC" --once -f "$TSP_DIR/tspc.conf"
	[[ ${#lines[@]} -eq 1 && $output == *"$message"* ]] || fail "not: $message" "$output"
	[[ -z $(ls "$RUNTIME_DIRECTORY") ]] || fail "left: $(ls "$RUNTIME_DIRECTORY")"
}

alice=(userid=alice passwd=s3cret)

@test "anonymous over TCP, where no UDP port is open" {
	server_start
	once
	told TSP_OPERATION TSP_TUNNEL_CREATION
	told TSP_TUNNEL_MODE v6v4
	told TSP_HOST_TYPE host
	told TSP_TUNNEL_INTERFACE tspc
	told TSP_CLIENT_ADDRESS_IPV4 127.0.0.1
	told TSP_SERVER_ADDRESS_IPV4 127.0.0.1
	told TSP_CLIENT_ADDRESS_IPV6 2001:db8:a:0:7f00:1:0:3
	told TSP_TUNNEL_PREFIXLEN 128
	told TSP_CLIENT_DNS_ADDRESS_IPV6 2001:db8:ffff::53
	told_not TSP_PREFIX
	told_not TSP_CLIENT_PORT
	settled
	[[ $(leases | grep -c active) -eq 1 ]] || fail "$(leases)"
}

@test "every login, over TCP and over UDP" {
	local auth start
	for start in server_start udp_start; do
		$start
		for auth in any digest-md5 plain passdss-3des-1; do
			once auth_method=$auth "${alice[@]}"
			[[ $output == *"alice.tsp.example"* ]] || fail "$auth, $start" "$output"
		done
		run -0 "$TSPC" -f "$TSP_DIR/tspc.conf" delete
		once auth_method=anonymous "${alice[@]}"
		[[ $output != *alice* ]] || fail "anonymous, $start"
		once auth_method=any
		server_stop
	done
}

@test "a router gets its prefix, cut as scripts want it" {
	server_start
	once auth_method=any "${alice[@]}" host_type=router if_prefix=lo prefixlen=56
	told TSP_HOST_TYPE router
	told TSP_HOME_INTERFACE lo
	told TSP_PREFIXLEN 56
	[[ $output =~ TSP_PREFIX=\'2001:0db8:1[0-9a-f]{3}:[0-9a-f]{4}\' ]] || fail "$output"
}

@test "v6udpv4 over UDP alone, with both ports" {
	udp_start
	once tunnel_mode=v6udpv4
	told TSP_TUNNEL_MODE v6udpv4
	told TSP_SERVER_PORT "$PORT"
	[[ $output =~ TSP_CLIENT_PORT=\'[0-9]+\' ]]
	server_stop
	server_start
	refused_with "refuses the connection: no broker listens on this port" tunnel_mode=v6udpv4
}

@test "info and delete" {
	server_start
	once auth_method=any "${alice[@]}"
	run -0 "$TSPC" -f "$TSP_DIR/tspc.conf" info
	[[ $output == *"address         2001:db8:ffff::"* && $output == *"name            alice.tsp.example"* ]] || fail "$output"
	run -0 "$TSPC" -f "$TSP_DIR/tspc.conf" delete
	[[ $output == deleted ]]
	run -111 "$TSPC" -f "$TSP_DIR/tspc.conf" info
}

@test "who is refused is told why and what to do, in one line, and nothing is left" {
	refused_with "refuses the connection: no broker listens" server=127.0.0.1:1
	server_start
	refused_with "status 300, Authentication failed: check userid, passwd" \
		auth_method=digest-md5 userid=alice passwd=wrong
	refused_with "status 300, Authentication failed: check userid, passwd" \
		auth_method=plain userid=alice passwd=wrong
	refused_with "status 507, Requested prefix length cannot be assigned: try another prefixlen" \
		auth_method=any "${alice[@]}" host_type=router if_prefix=lo prefixlen=40
	server_stop
	config auth.users= auth.realm= -users
	server_start
	refused_with "does not offer the login that auth_method allows; it offers ANONYMOUS" \
		auth_method=any "${alice[@]}"
}

@test "a name without an address is told once, with what to do, as long as it is the reason" {
	refused_with "none.invalid: " server=none.invalid
	[[ $output == *": check server and this machine's network" ]] || fail "$output"
	tspc_config server=none.invalid
	"$TSPC" -f "$TSP_DIR/tspc.conf" >"$TSP_DIR/tspc.log" 2>&1 3>&- &
	local pid=$!
	# The second try is over when the state is told once more
	wait_until 20 grep -qs "state=waiting" "$RUNTIME_DIRECTORY/tspc.status"
	wait_until 20 grep -qs "state=connecting" "$RUNTIME_DIRECTORY/tspc.status"
	wait_until 20 grep -qs "state=waiting" "$RUNTIME_DIRECTORY/tspc.status"
	grep -q "^why=none.invalid: " "$RUNTIME_DIRECTORY/tspc.status"
	kill "$pid"
	wait "$pid"
	[[ $(wc -l <"$TSP_DIR/tspc.log") -eq 1 ]] || fail "$(<"$TSP_DIR/tspc.log")"
}

@test "any never sends a password and never logs in without the account" {
	config auth.mechanisms="ANONYMOUS PLAIN"
	server_start
	refused_with "it offers ANONYMOUS PLAIN (auth_method=plain would send the password readable" \
		auth_method=any "${alice[@]}"
	[[ -z $(leases) ]]
}

@test "a tspc that waits for a server gets its tunnel when there is one" {
	tspc_config server=127.0.0.1:1
	sed -i 's/^server=.*/server=127.0.0.1:1/' "$TSP_DIR/tspc.conf"
	"$TSPC" -f "$TSP_DIR/tspc.conf" >"$TSP_DIR/tspc.log" 2>&1 3>&- &
	local pid=$!
	wait_until 5 grep -qs "state=waiting" "$RUNTIME_DIRECTORY/tspc.status"
	run -1 "$TSPC" -f "$TSP_DIR/tspc.conf" status
	[[ $output == *"state           waiting"* && $output == *"why             127.0.0.1 port 1 (TCP): refuses"* ]] || fail "$output"
	run -1 "$TSPC" -f "$TSP_DIR/tspc.conf" status --json
	[[ $(jq -r .state <<<"$output") == waiting ]]
	kill "$pid"
	wait "$pid"
	[[ -z $(ls "$RUNTIME_DIRECTORY") ]]
	run -111 "$TSPC" -f "$TSP_DIR/tspc.conf" status --json
	[[ $(jq -r .state <<<"$output") == stopped ]]
}
