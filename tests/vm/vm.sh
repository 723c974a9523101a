# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# vm.sh - run in qemu; sourced by run, which says what work, base and here are

all=(host router return ingress static-nat several failure expiry journal units inetd burst)

prepare() {
	local scenarios=${*:-${all[*]}}
	printf '%s\n' "sit-shared restore $scenarios leave" "sit restore $scenarios" >"$work/tree/opt/tsp-test/plan"
	"$here/seed.sh" "$work/tree"
	tree=$work/tree template=sit-shared configure server.lifetime=100000
	truncate -s 512M "$work/disk"
	mkfs.ext4 -q -d "$work/tree" -O ^has_journal -E lazy_itable_init=1 -m 0 "$work/disk"
	rm -rf "$work/tree"
}

# The second boot finds the disk as the first one left it. -no-reboot: qemu ends when the
# guest reboots or panics. (A reboot within one run of qemu takes 90 s to come back.)
boot() {
	local half
	for half in ${HALVES:-1 2}; do
		machine_on >>"$work/out" || return
	done
}

machine_on() {
	timeout --foreground -k 5 "${LIMIT:-400}" qemu-system-x86_64 -no-reboot \
		-accel tcg,thread=multi -machine q35 -cpu max -smp 2 -m 1024 \
		-display none -nodefaults -nic none \
		-drive "file=$work/disk,format=raw,if=none,id=disk,cache=unsafe" \
		-device nvme,drive=disk,serial=root \
		-serial "file:$work/console" -serial stdio -kernel "$base/vmlinuz" \
		-append "root=/dev/nvme0n1 rw console=ttyS0 quiet mitigations=off tsc=unstable audit=0 panic=-1 init_on_alloc=0 norandmaps lsm=landlock tsp-test.out=/dev/ttyS1"
}
