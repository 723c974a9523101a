# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# vm.sh - run in qemu; sourced by run, which says what work, base and here are

all=(host router return ingress static-nat nat several failure expiry journal units inetd burst move template networkd)

# A boot for each template; or only those of $TEMPLATES, or only the scenarios given
prepare() {
	local template plan=$work/tree/opt/tsp-test/plan
	local templates=${TEMPLATES:-sit-shared sit} scenarios=${*:-restore ${all[*]} leave}
	for template in $templates; do
		echo "$template $scenarios"
	done >"$plan"
	template=${templates%% *}
	[[ $scenarios != restore* ]] || "$here/seed.sh" "$work/tree"
	tree=$work/tree configure server.lifetime=100000

	echo "${BREAK-}" >"$work/tree/opt/tsp-test/break"
	boots=$(wc -l <"$plan")
	truncate -s 512M "$work/disk"
	mkfs.ext4 -q -d "$work/tree" -O ^has_journal -E lazy_itable_init=1 -m 0 "$work/disk"
	rm -rf "$work/tree"
}

# Each boot finds the disk as the one before left it. -no-reboot: qemu ends when the guest
# panics. (A reboot inside of qemu takes 90 s in its firmware.)
boot() {
	local i
	for ((i = 0; i < boots; i++)); do
		machine_on >>"$work/out" || return
	done
}

# Debian's kernel without what costs much in emulation and matters only on a real machine
machine_on() {
	timeout --foreground -k 5 "${LIMIT:-400}" qemu-system-x86_64 -no-reboot \
		-accel tcg,thread=multi -machine q35 -cpu max -smp 2 -m 1024 \
		-display none -nodefaults -nic none \
		-drive "file=$work/disk,format=raw,if=none,id=disk,cache=unsafe" \
		-device nvme,drive=disk,serial=root \
		-serial "file:$work/console" -serial stdio -kernel "$base/vmlinuz" \
		-append "root=/dev/nvme0n1 rw console=ttyS0 quiet panic=-1 tsc=unstable rcupdate.rcu_expedited=1
			mitigations=off audit=0 init_on_alloc=0 norandmaps lsm=landlock
			tsp-test.out=/dev/ttyS1"
}
