#!/bin/bash
# SPDX-License-Identifier: MIT
#
# tree.sh - a Debian tree and a kernel to test in, made once a week and kept
#
# Prints the directory that has both: tree/, with systemd as PID 1 and what the product
# depends on, and vmlinuz, the kernel of the cloud flavour (NVMe and ext4 are built in: no
# initrd). Takes this machine's apt sources; with KERNEL, the name of a suite, the kernel is
# from there, at the same places. Needs root.
set -euo pipefail

packages=(
	systemd systemd-sysv udev kmod iproute2 ethtool iputils-ping netcat-openbsd nftables procps openbsd-inetd
	libmxml1 libcap-ng0 libgsasl18 libseccomp2 libinih1 libnettle8 libjson-c5 libbpf1 dbus polkitd
)

. /etc/os-release
cache=${XDG_CACHE_HOME:-/var/cache}/tsp-handler-vm
kernel=${KERNEL:-$VERSION_CODENAME}
key=$(echo "${packages[*]} $VERSION_CODENAME $kernel $(cat "$0")" | sha256sum | cut -c1-12)
base=$cache/$(date +%G-%V)-$key

# sources SUITE - this machine's sources of Debian's packages, for that suite
sources() {
	# shellcheck disable=SC2016 # for apt-get
	apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(CODENAME) $(COMPONENT)' \
		'Created-By: Packages' | awk -v here="$VERSION_CODENAME" -v there="$1" '
		$1 != "Debian" || $4 != "main" { next }
		$3 == here { print "deb", $2, there, $4 }
		$3 != here && there !~ /-/ && sub("^" here, there, $3) { print "deb", $2, $3, $4 }'
}

# fetch_kernel DIR - its package, into DIR
fetch_kernel() {
	local apt=$1/apt options image
	mkdir -p "$apt/lists/partial"
	sources "$kernel" >"$apt/sources.list"
	options=(-o APT::Sandbox::User=root -o "Dir::Etc::sourcelist=$apt/sources.list"
		-o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt")
	apt-get -qq "${options[@]}" update >&2
	image=$(apt-cache "${options[@]}" depends linux-image-cloud-amd64 |
		awk '/Depends: linux-image/ { print $2; exit }')
	(cd "$apt" && apt-get -qq "${options[@]}" download "$image" >&2)
	dpkg -x "$apt/$image"_*.deb "$1/kernel"
	rm -rf "$apt"
}

if [[ ! -e $base/done ]]; then
	mkdir -p "$cache"
	find "$cache" -mindepth 1 -maxdepth 1 -mtime +14 -exec rm -rf {} +
	work=$(mktemp -d "$cache/new.XXXXXX")
	trap 'rm -rf "$work"' EXIT

	mmdebstrap --quiet --mode=root --variant=essential \
		--aptopt='Apt::Install-Recommends "false"' \
		--aptopt='Acquire::Languages "none"' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--include="$(IFS=,; echo "${packages[*]}")" \
		"$VERSION_CODENAME" "$work/tree" >&2

	fetch_kernel "$work"

	# Only modules that the tests can want: the tree is copied for each run
	from=$(find "$work/kernel" -path '*/lib/modules/*' -prune)
	version=${from##*/}
	to=$work/tree/lib/modules/$version
	mkdir -p "$to/kernel/drivers/net"
	cp -a "$from/kernel/net" "$from/kernel/lib" "$from/kernel/crypto" "$to/kernel/"
	cp -a "$from"/kernel/drivers/net/{veth,dummy,tun}.ko* "$from"/kernel/drivers/net/bonding "$to/kernel/drivers/net/"
	cp -a "$from"/modules.{builtin,builtin.modinfo,order} "$to/"
	depmod -b "$work/tree" "$version"
	mv "$work"/kernel/boot/vmlinuz-* "$work/vmlinuz"
	rm -rf "$work/kernel"

	touch "$work/done"
	mv -T "$work" "$base" 2>/dev/null || [[ -e $base/done ]]
fi
echo "$base"
