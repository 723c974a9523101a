#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# install.bats - "make install" puts everything in place, "make uninstall" leaves nothing

load ../lib/handler

setup() {
	test_begin
	unset MAKEFLAGS MAKELEVEL MFLAGS
	DEST=$TSP_DIR/dest
}

teardown() {
	test_end
}

make_here() {
	make -s -C "$ROOT" B="$BUILD" DESTDIR="$DEST" prefix=/usr "$@"
}

@test "make install: programs, templates, units and documents, with their modes" {
	run -0 make_here install
	[[ $(find "$DEST" -name tsp-handler -type f -perm 755 | wc -l) -eq 1 ]]
	run -0 "$(find "$DEST" -name tsp-handler -type f)" -V
	local name
	for name in sit.sh print.sh; do
		[[ $(find "$DEST" -name "$name" -type f -perm 755 | wc -l) -ge 1 ]] || fail "$name"
	done
	for name in tsp.socket tsp@.service tsp.conf.example; do
		[[ $(find "$DEST" -name "$name" -type f -perm 644 | wc -l) -eq 1 ]] || fail "$name"
	done
	[[ -n $(find "$DEST" -path '*sysusers.d/*' -type f) ]]
	[[ -n $(find "$DEST" -path '*tmpfiles.d/*' -type f) ]]
	[[ -z $(find "$DEST" -perm /022 ! -type l) ]]
}

@test "installed units name the programs where they are installed, and no build path" {
	run -0 make_here install
	local program
	program=$(find "$DEST" -name tsp-handler -type f)
	grep -q "^ExecStart=.*${program#"$DEST"}" "$(find "$DEST" -name tsp@.service)"
	run -1 grep -rIl -e "$DEST" -e "$BUILD" -e '@[a-z]*dir@' "$DEST"
}

@test "systemd-networkd and NetworkManager are told to leave tunnels alone" {
	run -0 make_here install
	grep -qx 'Name=tsp\*' "$DEST/usr/lib/systemd/network/10-tsp.network"
	grep -qx Unmanaged=yes "$DEST/usr/lib/systemd/network/10-tsp.network"
	grep -qx 'match-device=interface-name:tsp\*' "$DEST/usr/lib/NetworkManager/conf.d/10-tsp.conf"
	grep -qx managed=0 "$DEST/usr/lib/NetworkManager/conf.d/10-tsp.conf"
	# networkd takes the first file that matches a device, in the order of their names
	[[ $(sed -n 's|^files=/run/systemd/network/\([^$]*\).*|\1|p' "$ROOT/templates/networkd.sh") < 10-tsp ]]
}

@test "make uninstall leaves nothing" {
	run -0 make_here install
	run -0 make_here uninstall
	run -0 find "$DEST" ! -type d
	[[ -z $output ]] || fail "$output"
}

@test "install twice, uninstall twice" {
	run -0 make_here install
	run -0 make_here install
	run -0 make_here uninstall
	run -0 make_here uninstall
	[[ -z $(find "$DEST" ! -type d) ]]
}

@test "uninstall leaves the operator's configuration" {
	run -0 make_here install
	mkdir -p "$DEST/etc/tsp"
	echo '# mine' >"$DEST/etc/tsp/tsp.conf"
	run -0 make_here uninstall
	[[ $(<"$DEST/etc/tsp/tsp.conf") == '# mine' ]]
}

# with_template LINE... - an installation whose tsp.conf names a template with these lines
with_template() {
	run -0 make_here install
	printf '[server]\ntemplate = /etc/tsp/mine.sh\n' >"$DEST/etc/tsp/tsp.conf"
	printf '%s\n' '#!/bin/sh' "$@" >"$DEST/etc/tsp/mine.sh"
	run -0 make_here install
}

@test "a template in use that needs CAP_NET_ADMIN keeps it by a drop-in" {
	local of=$DEST/etc/systemd/system
	with_template
	[[ $output == *"$of/tsp@.service.d/with-net-admin.conf: CAP_NET_ADMIN for /etc/tsp/mine.sh"* ]] || fail "$output"
	[[ $(grep -l '^AmbientCapabilities=CAP_NET_ADMIN$' "$of"/*/with-net-admin.conf | sed "s|^$of/||; s|.service.d/.*||" | xargs) == \
		"tsp-expire tsp-listen tsp-restore tsp-udp tsp@" ]]
	echo "# mine" >>"$of/tsp-udp.service.d/with-net-admin.conf"
	run -0 make_here install
	[[ -z $output ]] || fail "$output"
	run -0 make_here uninstall
	[[ $(ls "$of") == tsp-udp.service.d ]]
}

@test "a template that needs no capability gets no drop-in, and no unit has one" {
	with_template '# TSP-Capability: none'
	[[ -z $output && ! -e $DEST/etc/systemd ]] || fail "$output"
	run -1 grep -rE '^(Ambient|CapabilityBounding).*NET_ADMIN' "$DEST" --include='tsp-[!d]*.service' --include='tsp@.service' \
		--exclude=tsp-routes.service
}
