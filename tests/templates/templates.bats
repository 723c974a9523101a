#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# templates.bats - what a template gets: tsp-template(7) is a contract

# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler

setup() {
	test_begin
}

teardown() {
	test_end
}

# variables INTERFACE - names in the environment of this tunnel's creation, in one line
variables() {
	sed 's/=.*//' "$TSP_DIR/kernel/$1" | sort | paste -sd ' '
}

# has INTERFACE VARIABLE VALUE
has() {
	grep -Fqx -- "$2=$3" "$TSP_DIR/kernel/$1" || fail "no $2=$3" "$(<"$TSP_DIR/kernel/$1")"
}

@test "behind a translation: the template gets the address of this machine" {
	config server.address=203.0.113.1
	server_start
	offer --bind 127.1.2.3
	settled
	has tspa7f010203 TSP_SERVER_ADDRESS_IPV4 127.0.0.1
}

@test "behind a translation: and the one that local names" {
	config server.address=203.0.113.1 server.local=127.0.0.2
	server_start
	offer --bind 127.1.2.3
	settled
	has tspa7f010203 TSP_SERVER_ADDRESS_IPV4 127.0.0.2
}

@test "an anonymous host: exactly these variables" {
	local number expires now
	server_start
	now=$(date +%s)
	offer --bind 127.1.2.3
	settled
	number=$(awk '{ print $2 }' <<<"$output")
	[[ $(variables tspa7f010203) == "PATH TSP_CLIENT_ADDRESS_IPV4 TSP_CLIENT_ADDRESS_IPV6 TSP_DEVICE TSP_HOST_TYPE TSP_KEEPALIVE_ADDRESS_IPV6 TSP_KEEPALIVE_INTERVAL TSP_LEASE TSP_LEASE_EXPIRES TSP_OPERATION TSP_SERVER_ADDRESS_IPV4 TSP_SERVER_ADDRESS_IPV6 TSP_TUNNEL_INTERFACE TSP_TUNNEL_MODE TSP_TUNNEL_PREFIXLEN" ]]
	has tspa7f010203 TSP_OPERATION TSP_TUNNEL_CREATION
	has tspa7f010203 TSP_TUNNEL_MODE v6v4
	has tspa7f010203 TSP_HOST_TYPE host
	has tspa7f010203 TSP_TUNNEL_INTERFACE tspa7f010203
	has tspa7f010203 TSP_SERVER_ADDRESS_IPV4 127.0.0.1
	has tspa7f010203 TSP_CLIENT_ADDRESS_IPV4 127.1.2.3
	has tspa7f010203 TSP_SERVER_ADDRESS_IPV6 2001:db8:a:0:7f01:203:0:2
	has tspa7f010203 TSP_CLIENT_ADDRESS_IPV6 2001:db8:a:0:7f01:203:0:3
	has tspa7f010203 TSP_TUNNEL_PREFIXLEN 127
	has tspa7f010203 TSP_KEEPALIVE_INTERVAL 30
	has tspa7f010203 TSP_LEASE "$number"
	expires=$(sed -n 's/^TSP_LEASE_EXPIRES=//p' "$TSP_DIR/kernel/tspa7f010203")
	[[ $((expires - now)) -ge 86399 && $((expires - now)) -le $((86400 + 10 * PATIENCE)) ]]
}

@test "the address to ping: with a secret, where the template answers it" {
	local secret file
	server_start
	offer --bind 127.1.2.3
	is KEEPALIVE_ADDRESS "${GOT[SERVER_IPV6]}" # kernel_template does not
	sed -i '2i # TSP-Proof: yes' "$TSP_DIR/template.sh"
	offer --bind 127.1.2.4
	secret=${GOT[KEEPALIVE_ADDRESS]}
	[[ $secret =~ ^2001:0db8:ffff:0000:[89abcdef] ]]
	settled
	file=$(sed -n 's/^TSP_KEEPALIVE_ADDRESS_IPV6=//p' "$TSP_DIR/kernel/tspa7f010204")
	[[ $file == 2001:db8:ffff:0:* && ${secret##*:} == *"${file##*:}" ]]
	offer --bind 127.1.2.4
	is KEEPALIVE_ADDRESS "$secret" # the same client
	offer --bind 127.1.2.5
	[[ ${GOT[KEEPALIVE_ADDRESS]} != "$secret" ]]
	config server.keepalive_prefix=2001:db8:5ec::/64
	offer --bind 127.1.2.6
	[[ ${GOT[KEEPALIVE_ADDRESS]} == 2001:0db8:05ec:0000:* ]]
	settled
	run grep -F "${file#2001:db8:ffff:0:}" "$TSP_DIR/log" <("$BUILD/tspctl" -c "$TSP_DIR/tsp.conf" list --json)
	[[ -z $output ]] # it is shown to nobody
}

@test "a user's router: these, and what is the user's" {
	local number prefix
	server_start
	offer "${as_alice[@]}" --prefix 60
	settled
	number=$(awk '{ print $2 }' <<<"$output")
	[[ $(variables "tsp$number") == "PATH TSP_CLIENT_ADDRESS_IPV4 TSP_CLIENT_ADDRESS_IPV6 TSP_CLIENT_DNS_NAME TSP_DEVICE TSP_HOST_TYPE TSP_KEEPALIVE_ADDRESS_IPV6 TSP_KEEPALIVE_INTERVAL TSP_LEASE TSP_LEASE_EXPIRES TSP_OPERATION TSP_PREFIX TSP_PREFIXLEN TSP_SERVER_ADDRESS_IPV4 TSP_SERVER_ADDRESS_IPV6 TSP_TUNNEL_INTERFACE TSP_TUNNEL_MODE TSP_TUNNEL_PREFIXLEN TSP_USERID" ]]
	has "tsp$number" TSP_HOST_TYPE router
	has "tsp$number" TSP_USERID alice
	has "tsp$number" TSP_CLIENT_DNS_NAME alice.tsp.example
	prefix=$(printf '2001:db8:1000:%x::' $((number * 256)))
	has "tsp$number" TSP_PREFIX "$prefix"
	has "tsp$number" TSP_PREFIXLEN 60
	has "tsp$number" TSP_LEASE "$number"
}

@test "no keepalive and no domain: their variables are not there" {
	config server.keepalive=0 server.domain=
	server_start
	offer "${as_alice[@]}"
	settled
	run -1 grep -E 'KEEPALIVE|DNS_NAME' "$TSP_DIR"/kernel/tsp*
}

@test "teardown gets the same variables as creation" {
	local number
	sed -i 's/TEARDOWN) rm -f .*/TEARDOWN) tr "\\0" "\\n" <\/proc\/$$\/environ >down ;;/' \
		"$TSP_DIR/template.sh"
	server_start
	offer "${as_alice[@]}" --prefix 56
	offer "${as_alice[@]}" --action delete
	settled
	number=$(awk '{ print $2 }' <<<"$output")
	[[ $(variables down) == "$(variables "tsp$number")" ]]
	has down TSP_OPERATION TSP_TUNNEL_TEARDOWN
	has down TSP_TUNNEL_INTERFACE "tsp$number"
	has down TSP_CLIENT_ADDRESS_IPV4 127.0.0.1
	has down TSP_PREFIXLEN 56
}

@test "no arguments, / as directory, no input, no descriptor beside 0 to 2" {
	template <<-SCRIPT
		#!/bin/sh
		exec >"$TSP_DIR/kernel/facts"
		echo "\$# \$(pwd)"
		readlink /proc/\$\$/fd/0
		ls /proc/self/fd | tr '\\n' ' '
		cat
	SCRIPT
	server_start
	offer
	[[ $(<"$TSP_DIR/kernel/facts") == "0 /"$'\n'"/dev/null"$'\n'"0 1 2 3 "* ]] ||
		fail "$(<"$TSP_DIR/kernel/facts")"
	# 3 is the directory that ls reads, and 10 the shell's own script
	[[ ! $(<"$TSP_DIR/kernel/facts") =~ \ [4-9]\  ]]
}

@test "a template that leaves a child in the background does not hold up the client" {
	template <<-SCRIPT
		#!/bin/sh
		[ "\$TSP_OPERATION" = TSP_TUNNEL_CREATION ] || exit 0
		sleep $((4 * PATIENCE)) &
	SCRIPT
	server_start
	local start=$SECONDS
	offer
	[[ $((SECONDS - start)) -le $((2 * PATIENCE)) ]]
}

@test "print.sh prints what it gets, builds nothing, and answers TSP_TUNNEL_INFO" {
	run -0 env -i PATH="$PATH" TSP_OPERATION=TSP_TUNNEL_CREATION TSP_LEASE=7 \
		"$ROOT/templates/print.sh"
	[[ $output == *TSP_LEASE=*7* && $output == *TSP_OPERATION=*TSP_TUNNEL_CREATION* ]]
	run -0 env -i PATH="$PATH" TSP_OPERATION=TSP_TUNNEL_INFO "$ROOT/templates/print.sh"
	[[ $output == *rx_bytes=0*tx_bytes=0* ]]
	run env -i PATH="$PATH" "$ROOT/templates/print.sh"
	[[ $status -ne 0 ]]
}

@test "a session with print.sh" {
	install -m 755 "$ROOT/templates/print.sh" "$TSP_DIR/template.sh"
	server_start
	offer "${as_alice[@]}" --prefix 56
	is PREFIXLEN 56
}

@test "templates are scripts of plain sh that shellcheck likes" {
	requires shellcheck
	run -0 shellcheck "$ROOT"/templates/*.sh
}
