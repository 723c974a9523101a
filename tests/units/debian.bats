#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# debian.bats - the Debian package: builds, pleases lintian, installs, is removed
#
# It is built once, from a copy of the tree and without the package's own tests, which are
# some of those that run here anyway; "make deb" runs them. It is installed below a
# directory, with the maintainer scripts told so ($DPKG_ROOT) and /run out of their sight.

load ../lib/handler

setup_file() {
	requires dpkg-buildpackage dh lintian fakeroot
	unset MAKEFLAGS MAKELEVEL MFLAGS
	DEB_BUILD_OPTIONS=nocheck B=$BATS_FILE_TMPDIR "$ROOT/scripts/deb.sh"
	DEB=$(echo "$BATS_FILE_TMPDIR"/deb/tsp-handler_*.deb)
	export DEB
}

setup() {
	DEST=$BATS_TEST_TMPDIR/root
}

# dpkg_root ARGUMENT... - dpkg, in $DEST
dpkg_root() {
	mkdir -p "$DEST"/{etc,run,usr/bin} "$DEST/var/lib/dpkg"/{info,updates,triggers}
	touch "$DEST/var/lib/dpkg/status" "$DEST/var/lib/dpkg/available"
	# shellcheck disable=SC2016 # expanded by that shell
	unshare -m sh -c 'mount -t tmpfs none /run && exec "$@"' - dpkg --root="$DEST" \
		--force-depends,script-chrootless,confdef,confold --log=/dev/null "$@"
}

# owner FILE - mode, user and group, by the names of $DEST
owner() {
	local mode uid gid
	read -r mode uid gid < <(stat -c '%a %u %g' "$DEST/$1")
	echo "$mode $(awk -F: -v id="$uid" '$3 == id { print $1; exit }' <(echo root:x:0) "$DEST/etc/passwd")" \
		"$(awk -F: -v id="$gid" '$3 == id { print $1; exit }' <(echo root:x:0) "$DEST/etc/group")"
}

@test "the package's version is the Makefile's" {
	[[ $(dpkg -f "$DEB" Version) == "$(sed -n 's/^VERSION *:= *//p' "$ROOT/Makefile")" ]]
}

@test "lintian finds no errors and warns of nothing" {
	run lintian --allow-root --fail-on error,warning "${DEB%/*}"/*.changes
	[[ $status -eq 0 ]] || fail "$output"
}

@test "programs, units, templates and documents are where Debian wants them, with their modes" {
	local file
	run -0 dpkg -c "$DEB"
	while read -r file; do
		[[ $output =~ ${file%% *}\ root/root\ [^$'\n']*\ \.${file#* }($'\n'|$) ]] ||
			fail "no $file" "$output"
	done <<-FILES
		-rwxr-xr-x /usr/sbin/tsp-handler
		-rwxr-xr-x /usr/sbin/tspctl
		-rwxr-xr-x /etc/tsp/templates/sit.sh
		-rwxr-xr-x /etc/tsp/templates/fast.sh
		-rwxr-xr-x /usr/lib/tsp/net-admin
		-rwxr-xr-x /usr/lib/tsp/pool-routes
		-rw-r--r-- $(pkg-config --variable=systemdsystemunitdir systemd)/tsp.socket
		-rw-r--r-- /usr/lib/systemd/catalog/tsp.catalog
		-rw-r--r-- /usr/lib/sysusers.d/tsp.conf
		-rw-r--r-- /usr/lib/tmpfiles.d/tsp.conf
		-rw-r--r-- /usr/share/doc/tsp-handler/tsp.conf.example
		-rw-r--r-- /usr/share/doc/tsp-handler/CHANGELOG.md
		-rw-r--r-- /usr/share/doc/tsp-handler/README.Debian
		-rw-r--r-- /usr/share/doc/tsp-handler/flow-session.svg
		-rw-r--r-- /usr/share/doc/tsp-handler/copyright
		-rw-r--r-- /usr/share/bash-completion/completions/tspctl
		-rw-r--r-- /usr/share/man/man8/tsp-handler.8.gz
		-rw-r--r-- /usr/share/man/man8/tspctl.8.gz
		-rw-r--r-- /usr/share/man/man5/tsp.conf.5.gz
		-rw-r--r-- /usr/share/man/man5/tsp-leases.5.gz
		-rw-r--r-- /usr/share/man/man7/tsp-template.7.gz
	FILES
}

@test "the operator's files are conffiles, and there is no tsp.conf" {
	local wanted
	wanted=$(cd "$ROOT/templates" && printf '/etc/tsp/templates/%s\n' *.sh | sort)
	[[ $(dpkg --ctrl-tarfile "$DEB" | tar -xO ./conffiles | sort) == "$wanted" ]]
}

@test "it depends on what the handler loads and what templates run" {
	local name
	for name in libgsasl18 iproute2 nftables libmxml1 libjson-c5; do
		[[ ", $(dpkg -f "$DEB" Depends)," =~ ", $name"[,\ ] ]] || fail "$name"
	done
	dpkg -x "$DEB" "$DEST"
	strings -a "$DEST/usr/sbin/tsp-handler" | grep -qx 'libgsasl\.so\.18'
}

@test "no file names the place where it was built" {
	dpkg -x "$DEB" "$DEST"
	run -1 grep -rlF -e "$BATS_FILE_TMPDIR" -e "$ROOT" -e "$DEST" "$DEST"
	run -0 "$DEST/usr/sbin/tsp-handler" -V
}

@test "installed: user, directories and users file are there, nothing is enabled" {
	requires root unshare systemd-sysusers systemd-tmpfiles
	run -0 dpkg_root -i "$DEB"
	[[ $(owner etc/tsp/users) == "640 root tsp" ]] || fail "$(owner etc/tsp/users)"
	[[ $(owner var/lib/tsp) == "2750 tsp tsp-read" ]] || fail "$(owner var/lib/tsp)"
	[[ ! -e $DEST/etc/tsp/tsp.conf ]]
	[[ -z $(find "$DEST/etc/systemd" -name 'tsp*' 2>/dev/null) ]]
}

@test "an upgrade keeps changed templates, users, configuration and leases" {
	requires root unshare systemd-sysusers systemd-tmpfiles
	run -0 dpkg_root -i "$DEB"
	local file
	for file in etc/tsp/templates/sit.sh etc/tsp/users etc/tsp/tsp.conf var/lib/tsp/users.leases; do
		echo "# mine" >>"$DEST/$file"
	done
	run -0 dpkg_root -i "$DEB"
	for file in etc/tsp/templates/sit.sh etc/tsp/users etc/tsp/tsp.conf var/lib/tsp/users.leases; do
		[[ $(tail -n 1 "$DEST/$file") == "# mine" ]] || fail "$file"
	done
	[[ $(owner etc/tsp/users) == "640 root tsp" ]] || fail "$(owner etc/tsp/users)"
}

@test "removed: configuration and state stay; purged: the leases do" {
	requires root unshare systemd-sysusers systemd-tmpfiles
	run -0 dpkg_root -i "$DEB"
	echo "# mine" | tee "$DEST/etc/tsp/tsp.conf" "$DEST/etc/tsp/state-id" >"$DEST/var/lib/tsp/users.leases"
	run -0 dpkg_root -r tsp-handler
	[[ -e $DEST/etc/tsp/tsp.conf && -e $DEST/var/lib/tsp/users.leases ]]
	[[ ! -e $DEST/usr/sbin/tsp-handler ]]
	run -0 dpkg_root -P tsp-handler
	run -0 find "$DEST" -path '*tsp*' ! -path "$DEST/var/lib/dpkg/*"
	[[ $output == "$DEST/var/lib/tsp"$'\n'"$DEST/var/lib/tsp/users.leases" ]] || fail "$output"
	rm "$DEST/var/lib/tsp/users.leases"
	run -0 dpkg_root -i "$DEB"
	run -0 dpkg_root -P tsp-handler
	run -0 find "$DEST" -path '*tsp*' ! -path "$DEST/var/lib/dpkg/*"
	[[ -z $output ]] || fail "$output"
}

@test "tspc is a separate package, without what the server needs" {
	local file name client=${DEB/tsp-handler_/tspc_}
	run -0 dpkg -c "$client"
	while read -r file; do
		[[ $output =~ ${file%% *}\ root/root\ [^$'\n']*\ \.${file#* }($'\n'|$) ]] ||
			fail "no $file" "$output"
	done <<-FILES
		-rwxr-xr-x /usr/sbin/tspc
		-rwxr-xr-x /etc/tsp/client/linux.sh
		-rwxr-xr-x /etc/tsp/client/networkd.sh
		-rw-r--r-- $(pkg-config --variable=systemdsystemunitdir systemd)/tspc.service
		-rw-r--r-- $(pkg-config --variable=systemdsystemunitdir systemd)/tspc@.service
		-rw-r--r-- /usr/lib/sysusers.d/tspc.conf
		-rw-r--r-- /usr/lib/systemd/catalog/tspc.catalog
		-rw-r--r-- /usr/share/bash-completion/completions/tspc
		-rw-r--r-- /usr/share/man/man8/tspc.8.gz
		-rw-r--r-- /usr/share/man/man5/tspc.conf.5.gz
		-rw-r--r-- /usr/share/man/man7/tspc-template.7.gz
	FILES
	for name in tsp-handler nftables libjson-c5 libbpf1; do
		[[ ", $(dpkg -f "$client" Depends)," != *", $name"* ]] || fail "$name"
	done
	[[ ", $(dpkg -f "$client" Depends)," == *", libgsasl18"* ]]
	[[ -z $(comm -12 <(dpkg -c "$DEB" | awk '!/\/$/ { print $6 }' | sort) \
		<(dpkg -c "$client" | awk '!/\/$/ { print $6 }' | sort)) ]]
}

@test "tspc installed: its user and a configuration that only it can read; purged: nothing" {
	requires root unshare systemd-sysusers systemd-tmpfiles
	local client=${DEB/tsp-handler_/tspc_}
	run -0 dpkg_root -i "$client"
	[[ $(owner etc/tsp/tspc.conf) == "640 root tspc" ]] || fail "$(owner etc/tsp/tspc.conf)"
	echo server=192.0.2.1 >>"$DEST/etc/tsp/tspc.conf" # as README.md does
	grep -qx server=192.0.2.1 "$DEST/etc/tsp/tspc.conf" || fail "$(<"$DEST/etc/tsp/tspc.conf")"
	[[ -z $(find "$DEST/etc/systemd" -name 'tspc*' 2>/dev/null) ]]
	run -0 dpkg_root -P tspc
	run -0 find "$DEST" -path '*tspc*' ! -path "$DEST/var/lib/dpkg/*"
	[[ -z $output ]] || fail "$output"
}
