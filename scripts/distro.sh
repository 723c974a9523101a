#!/bin/bash
# SPDX-License-Identifier: MIT
#
# distro.sh SUITE[/ARCHITECTURE] [COMMAND...] - build, test and package in a chroot of that suite
#
# SUITE is one of Debian's: bookworm, trixie, sid. Without a COMMAND: builds with its gcc, where
# warnings are errors; runs the unit tests, some bats files, the quick static checks and the
# package's own tests. With one: runs it there, in a copy of this tree.
#
# The chroot is made from this machine's apt sources with that suite, by mmdebstrap, and kept for
# a week in ${XDG_CACHE_HOME:-/var/cache}/tsp-handler-SUITE. Runs write to a tmpfs and leave it
# unchanged. Each step may take LIMIT seconds (1200). The last line is "N passed, N failed[, N
# skipped]". Without root, or when the suite cannot be fetched, the run is skipped and says why.
set -u

cd "$(dirname "$0")/.." || exit 1
limit=${LIMIT:-1200}
# They run most of the programs, and Debian's own: nft, systemd-socket-activate, mandoc
bats=(session udp config man firewall)

skip() {
	echo "# skipped: $*"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}

# sources SUITE ARCHITECTURE - this machine's sources of Debian's packages, for that suite;
# without updates and security for sid, which has none, and other machines, where mirrors lag
sources() {
	# shellcheck disable=SC1091
	. /etc/os-release
	# shellcheck disable=SC2016 # for apt-get
	apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(CODENAME) $(COMPONENT)' \
		'Created-By: Packages' | awk -v here="$VERSION_CODENAME" -v there="$1" -v \
		only="$([[ $1 == sid || $2 != "$(dpkg --print-architecture)" ]] && echo 1)" '
		$1 == "Debian" && $4 == "main" && index($3, here) == 1 {
			if (only && $3 != here)
				next
			sub(here, there, $3)
			print "deb", $2, $3, $4
		}'
}

# make_tree SUITE ARCHITECTURE DIR - the chroot; false when the suite cannot be fetched
make_tree() {
	local valid=true
	[[ $1 != sid ]] || valid=false # mirrors lag
	sources "$1" "$2" | timeout -k 5 "$limit" mmdebstrap --quiet --mode=root --variant=apt \
		--architectures="$2" \
		--aptopt='Apt::Install-Recommends "false"' \
		--aptopt='Acquire::Languages "none"' \
		--aptopt="Acquire::Check-Valid-Until \"$valid\"" \
		--dpkgopt='force-unsafe-io' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--customize-hook='copy-in scripts/deps.sh /root' \
		--customize-hook="chroot \"\$1\" /root/deps.sh build check lint >\"\$1/root/deps.log\" 2>&1 ||
			touch \"\$1/root/deps.failed\"" \
		"$1" "$3" -
}

# cached_tree SUITE ARCHITECTURE - print the kept chroot's directory, made if it is missing.
# Status 1: the suite cannot be fetched; 2: deps.sh has failed there
cached_tree() {
	local cache=${XDG_CACHE_HOME:-/var/cache}/tsp-handler-$1-$2 key base work
	key=$(cat scripts/distro.sh scripts/deps.sh | sha256sum | cut -c1-12)
	base=$cache/$(date +%G-%V)-$key
	if [[ ! -e $base ]]; then
		mkdir -p "$cache" && work=$(mktemp -d "$cache/new.XXXXXX") || return 1
		chmod 755 "$work"
		find "$cache" -mindepth 1 -maxdepth 1 -mtime +14 -exec rm -rf {} +
		make_tree "$1" "$2" "$work/tree" >&2 || { rm -rf "$work" && return 1; }
		if [[ -e $work/tree/root/deps.failed ]]; then
			tail -n 20 "$work/tree/root/deps.log" >&2
			rm -rf "$work"
			return 2
		fi
		mv -T "$work" "$base" 2>/dev/null || rm -rf "$work" # another run was faster
	fi
	echo "$base/tree"
}

# enter TREE COMMAND... - in namespaces made for it: mount what the chroot needs, run the command
enter() {
	local tree=$1 dir
	shift
	mount --bind "$tree" "$tree" # tests make mount namespaces: / has to be a mount point
	mount --rbind /dev "$tree/dev"
	mount -t proc none "$tree/proc"
	mount -t sysfs none "$tree/sys"
	for dir in tmp run root; do
		mount -t tmpfs none "$tree/$dir"
	done
	scripts/copy-tree.sh "$tree/root/tsp-handler"
	ip link set lo up
	exec env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 LIMIT="$limit" \
		chroot "$tree" sh -c 'cd /root/tsp-handler && exec "$@"' - "$@"
}

# run_make TARGET...
run_make() {
	timeout -k 5 "$limit" make --no-print-directory WERROR=1 "$@"
}

# versions - of what differs most between systems
versions() {
	dpkg-query -W -f '${Package} ${Version}, ' gcc clang libc6 libbpf-dev libmxml-dev \
		libgsasl-dev libcmocka-dev nftables systemd | sed 's/, $//'
}

# parts - what runs in the chroot
parts() {
	echo "# Debian $(cat /etc/debian_version), $(dpkg --print-architecture): $(versions)"
	step "deps.sh finds nothing missing" scripts/deps.sh build check lint
	step "programs, unit tests and tools with gcc" run_make -j"$(nproc)" all unit tools
	part "tests" tests/run unit "${bats[@]/%/.bats}"
	part "static checks" run_make lint LINTS='format cppcheck shell manual clang musl'
	step "the Debian package" timeout -k 5 "$limit" scripts/deb.sh
	parts_sum
}

# emulated - what runs where another processor is emulated, slowly and without seccomp
emulated() {
	echo "# Debian $(cat /etc/debian_version), $(dpkg --print-architecture): $(versions)"
	step "programs and unit tests with gcc" run_make -j"$(nproc)" all unit
	part "unit tests" tests/run unit
	parts_sum
}

case ${1-} in
--emulated) . scripts/parts.bash && emulated; exit ;;
--parts) . scripts/parts.bash && parts; exit ;;
--enter) shift && enter "$@" ;;
-* | "") echo "usage: distro.sh SUITE[/ARCHITECTURE] [COMMAND...]" >&2 && exit 100 ;;
esac
suite=${1%/*}
arch=$(dpkg --print-architecture) || exit 1
[[ $1 != */* ]] || arch=${1#*/}
shift
[[ $EUID -eq 0 ]] || skip "needs root"
command -v mmdebstrap >/dev/null || skip "needs mmdebstrap"
tree=$(cached_tree "$suite" "$arch")
case $? in
1) skip "$suite cannot be fetched" ;;
2) echo "distro.sh: deps.sh failed on $suite" && exit 1 ;;
esac
[[ $# -gt 0 ]] || set -- scripts/distro.sh --parts
unshare --mount --net --pid --fork --kill-child scripts/distro.sh --enter "$tree" "$@"
