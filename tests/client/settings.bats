#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# settings.bats - tspc.conf, and the files of older clients

load ../lib/handler
load ../lib/tspc

setup() {
	test_begin
}

teardown() {
	test_end
}

# wrong MESSAGE [KEY=VALUE]... - tspc -n refuses the file with this message
wrong() {
	local message=$1
	shift
	tspc_config "$@"
	run -100 "$TSPC" -n -f "$TSP_DIR/tspc.conf"
	[[ $output == *"$TSP_DIR/tspc.conf:"*": $message"* ]] || fail "$output"
}

@test "the smallest file, and one of each older client, are right" {
	tspc_config
	run -0 "$TSPC" -n -f "$TSP_DIR/tspc.conf"
	[[ -z $output ]]
	for file in "$ROOT"/tests/client/files/*.conf; do
		sed "s|^template=.*|template=$ROOT/templates/client/print.sh|" "$file" >"$TSP_DIR/old.conf"
		run -0 "$TSPC" -n -f "$TSP_DIR/old.conf"
		[[ ${#lines[@]} -eq 1 && $output == *"ignored, as they mean nothing to tspc: "* ]] ||
			fail "$file: $output"
	done
}

@test "every value that is wrong is named with its line, its key and what is wrong" {
	wrong "prefixlen: not a number from 0 to 64: '65'" prefixlen=65
	wrong "prefixlen: not a number from 0 to 64: '+6'" prefixlen=+6
	wrong "keepalive: neither yes nor no: 'maybe'" keepalive=maybe
	wrong "if_prefix: not a name of a network device: 'eth0/1'" if_prefix=eth0/1
	wrong "if_prefix: not a name of a network device: '..'" if_prefix=..
	wrong "if_tunnel: not a name of a network device: 'a b'" "if_tunnel=a b"
	wrong "if_tunnel_v6v4: not a name of a network device: 'sixteen-letters1'" if_tunnel_v6v4=sixteen-letters1
	wrong "server: neither a name nor an IPv4 address, with or without :PORT: 'a_b'" server=a_b
	wrong "server: neither a name nor an IPv4 address, with or without :PORT: '192.0.2.1:0'" server=192.0.2.1:0
	wrong "server: IPv6 servers serve tunnel mode v4v6 only, which tspc does not build: '[2001:db8::1]:3653'" "server=[2001:db8::1]:3653"
	wrong "auth_method: not any, anonymous, digest-md5 or plain: 'md5'" auth_method=md5
	wrong "auth_method: needs userid and passwd: 'plain'" auth_method=plain userid=alice
	wrong "userid: has no passwd: 'alice'" auth_method=any userid=alice
	wrong "host_type: needs if_prefix: 'router'" host_type=router
	wrong "host_type: neither host nor router: 'Router'" host_type=Router
	wrong "tunnel_mode: tspc does not build IPv4 tunnels over IPv6: 'v4v6'" tunnel_mode=v4v6
	wrong "client_v4: neither auto nor an IPv4 address: '192.0.2'" client_v4=192.0.2
	wrong "template: neither a name without .sh nor a whole path: '../linux'" template=../linux
	wrong "proxy_client: needs the other machine's address in client_v4: 'yes'" proxy_client=yes
	wrong "dns_server: not names separated by colons: 'ns1..net'" dns_server=ns1..net
	wrong "mtu: not a number from 1280 to 1480: '1500'" mtu=1500
	wrong "server: missing" server=
	wrong "colour: unknown key" colour=red
}

@test "a password is never shown, and may hold what ends values elsewhere" {
	tspc_config auth_method=digest-md5 userid=alice "passwd=pa\"ss # = ; %word"
	run -0 "$TSPC" -n -f "$TSP_DIR/tspc.conf"
	tspc_config auth_method=plain userid=alice passwd=$'se\x01cret'
	run -100 "$TSPC" -n -f "$TSP_DIR/tspc.conf"
	[[ $output == *":"*": passwd: has control characters"* && $output != *cret* ]] || fail "$output"
}

@test "a repeated key and an invalid line are named" {
	tspc_config
	echo server=192.0.2.2 >>"$TSP_DIR/tspc.conf"
	echo "[main]" >>"$TSP_DIR/tspc.conf"
	run -100 "$TSPC" -n -f "$TSP_DIR/tspc.conf"
	[[ $output == *":6: server: given twice, with another value before: '192.0.2.2'"* ]] || fail "$output"
	[[ $output == *":7: syntax: not key=value: '[main]'"* ]] || fail "$output"
}

@test "configuration and template must be root's, or ours, and nobody else may write them" {
	requires root
	tspc_config
	chmod 622 "$TSP_DIR/tspc.conf"
	run -100 "$TSPC" -n -f "$TSP_DIR/tspc.conf"
	[[ $output == *"$TSP_DIR/tspc.conf: others can write it (mode 0622)"* ]] || fail "$output"
	chmod 600 "$TSP_DIR/tspc.conf"
	chown nobody "$TSP_DIR/tspc.conf"
	run -100 "$TSPC" -n -f "$TSP_DIR/tspc.conf"
	[[ $output == *"$TSP_DIR/tspc.conf: belongs to user "*": it must be root's"* ]] || fail "$output"

	rm "$TSP_DIR/tspc.conf"
	cp "$ROOT/templates/client/print.sh" "$TSP_DIR/mine.sh"
	chown nobody "$TSP_DIR/mine.sh"
	tspc_config template="$TSP_DIR/mine.sh"
	run -100 "$TSPC" -n -f "$TSP_DIR/tspc.conf"
	[[ $output == *"$TSP_DIR/mine.sh: belongs to user "* ]] || fail "$output"
	tspc_config template="$TSP_DIR/none.sh"
	run -100 "$TSPC" -n -f "$TSP_DIR/tspc.conf"
	[[ $output == *"$TSP_DIR/none.sh: No such file"* ]] || fail "$output"
}

@test "wrong usage, a file that is not there" {
	run -100 --separate-stderr "$TSPC" -x
	[[ -z $output && $stderr == usage:*--once* ]]
	run -0 --separate-stderr "$TSPC" -h
	[[ -z $stderr && $output == usage:*--once* ]]
	run -100 "$TSPC" -n -f "$TSP_DIR/none.conf"
	[[ $output == *"none.conf: No such file or directory"* ]]
	run -0 "$TSPC" -V
	[[ $output == "tspc "* ]]
}

@test "tspc.conf(5) has the keys and the numbers that the parser has" {
	local key min max
	diff <(grep -oE '^\s*\{"[a-z0-9_]+"' "$ROOT/client/settings.c" | tr -d '\t{"' | sort) \
		<(grep '^\.It Ic ' "$ROOT/docs/man/tspc.conf.5" | grep -oE '[a-z0-9_]{4,}|mtu' | sort)
	while read -r key min max; do
		awk -v key="$key" '/^\.It / { k = $0 } k ~ "Ic " key "( |$)"' "$ROOT/docs/man/tspc.conf.5" |
			grep -q "$min to $max" || fail "$key: $min to $max"
	done < <(sed -nE 's/.*"([a-z_]+)", setting_number, NUMBER\([a-z_]+, ([0-9]+), ([0-9]+)\).*/\1 \2 \3/p' \
		"$ROOT/client/settings.c")
}
