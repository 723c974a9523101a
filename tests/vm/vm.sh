# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# vm.sh - run in qemu; sourced by run, which says what work, base and here are

all=(host onlink router return ingress static-nat server-nat pmtu nat tspc tspc-nat forged loss unused-prefix firewall-reload blocklist uplinks
	late-address several failure expiry journal units inetd burst move template networkd unmanaged uninstall)
# What only fast.sh can do: clients in UDP, tunnels that no firewall meets
fast=(nat tspc tspc-nat forged loss firewall-reload blocklist uplinks late-address soak)

# One boot per template, each from its own disk, or only those in $TEMPLATE. With scenarios given,
# only these run, without the package unless days is among them. Each machine boots with 200 leases.
prepare() {
	scenarios=${*:-restore ${all[*]}} package=
	[[ $# -gt 0 && " $* " != *" days "* ]] || package=yes
	read -ra templates <<<"${TEMPLATE:-sit fast}"
	boots=${#templates[@]}
	[[ ! $package || $boots -eq 1 ]] || build_package &
	[[ $scenarios != restore* && $scenarios != *broken* ]] || "$here/seed.sh" "$work/tree"
	echo "${BREAK-}" >"$work/tree/opt/tsp-test/break"
	echo "${SOAK-}" >"$work/tree/opt/tsp-test/soak"
	disk "${templates[0]}"
}

# Says how it went by a file
build_package() {
	if DEB_BUILD_OPTIONS=nocheck B=$work "$here/../../scripts/deb.sh" >"$work/deb.log" 2>&1; then
		touch "$work/package.done"
	else
		touch "$work/package.failed"
	fi
}

# disk TEMPLATE - make the disk that its machine boots from, out of the present tree
disk() {
	local scenario planned=()
	for scenario in $scenarios; do
		[[ $1 != sit || " ${fast[*]} " != *" $scenario "* ]] || continue
		planned+=("$scenario")
	done
	echo "$1 ${planned[*]}" >"$work/tree/opt/tsp-test/plan"
	template=$1 tree=$work/tree configure server.lifetime=100000
	if [[ $1 == fast ]]; then
		systemctl --root="$work/tree" -q enable tsp-datapath.service
		DESTDIR=$work/tree "$work/tree/usr/lib/tsp/net-admin" remove
	else
		systemctl --root="$work/tree" -q disable tsp-datapath.service
		DESTDIR=$work/tree "$work/tree/usr/lib/tsp/net-admin" >/dev/null
	fi
	[[ ! -d $work/tree/opt/tsp-test/seed/$1 ]] || cp -a "$work/tree/opt/tsp-test/seed/$1"/*.leases "$work/tree/var/lib/tsp/"
	truncate -s 512M "$work/disk.$1"
	mkfs.ext4 -q -d "$work/tree" -O ^has_journal -E lazy_itable_init=1 -m 0 "$work/disk.$1"
}

# packaged - the tree has the product from the Debian package, in place of `make install`,
# and what that left: leases, users, tsp.conf
packaged() {
	until [[ -e $work/package.done ]]; do
		[[ ! -e $work/package.failed ]] || { cat "$work/deb.log"; return 1; }
		sleep 0.2
	done
	cp "$work"/deb/tsp-handler_*.deb "$work/tree/opt/tsp-test/"
	chroot "$work/tree" sh -ec '
		sh /opt/tsp-test/uninstall
		dpkg --force-unsafe-io -i /opt/tsp-test/*.deb
		touch /opt/tsp-test/packaged' &&
		systemctl --root="$work/tree" -q enable tsp.socket tsp-udp.socket tsp-restore.service tsp-expire.timer
}

# The machines run side by side; the output of the second is printed after that of the first
boot() {
	local template pid pids=() status=0
	for template in "${templates[@]}"; do
		if [[ $template != "${templates[0]}" ]]; then
			[[ ! $package ]] || log=$work/packaged.log scenario=package check "the Debian package is built and installed" packaged >"$work/out.$template"
			disk "$template"
		fi
		machine_on "$template" >>"$work/out.$template" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || status=$?
	done
	for template in "${templates[@]}"; do
		cat "$work/out.$template"
	done >"$work/out"
	return $status
}

# machine_on NAME - boot the disk of that name, with $PROCESSORS and $MEMORY (MB). Debian's kernel without what
# costs much in emulation and matters only on a real machine; -no-reboot: qemu ends when the
# guest panics
machine_on() {
	timeout --foreground -k 5 "${LIMIT:-1500}" qemu-system-x86_64 -no-reboot \
		-accel tcg,thread=multi -machine q35 -cpu qemu64 -smp "${PROCESSORS:-1}" -m "${MEMORY:-1024}" \
		-display none -nodefaults -nic none \
		-drive "file=$work/disk.$1,format=raw,if=none,id=disk,cache=unsafe" \
		-device nvme,drive=disk,serial=root \
		-serial "file:$work/console.$1" -serial stdio -kernel "$base/vmlinuz" \
		-append "root=/dev/nvme0n1 rw console=ttyS0 quiet panic=-1 tsc=unstable rcupdate.rcu_expedited=1
			mitigations=off audit=0 init_on_alloc=0 norandmaps lsm=landlock
			tsp-test.out=/dev/ttyS1"
}
