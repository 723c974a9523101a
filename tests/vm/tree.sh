#!/bin/bash
# SPDX-License-Identifier: MIT
#
# tree.sh - a Debian tree and a kernel to test in, made once a week and kept
#
# Prints the directory that has both: tree/, with systemd as PID 1 and what the product
# depends on, and kernel/, the cloud flavour unpacked (NVMe and ext4 are built in: no
# initrd). Takes this machine's apt sources. Needs root.
set -euo pipefail

packages=(
	systemd systemd-sysv udev kmod iproute2 iputils-ping nftables procps openbsd-inetd
	libmxml1 libcap-ng0 libgsasl18 libseccomp2 libinih1 libnettle8 libjson-c5 libbpf1 dbus polkitd
)

. /etc/os-release
cache=${XDG_CACHE_HOME:-/var/cache}/tsp-handler-vm
key=$(echo "${packages[*]} $VERSION_CODENAME $(cat "$0")" | sha256sum | cut -c1-12)
base=$cache/$(date +%G-%V)-$key

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

	image=$(apt-cache depends linux-image-cloud-amd64 |
		awk '/Depends: linux-image/ { print $2; exit }')
	(cd "$work" && apt-get -qq -o APT::Sandbox::User=root download "$image" >&2)
	dpkg -x "$work/$image"_*.deb "$work/kernel"
	rm "$work/$image"_*.deb

	# Only modules that the tests can want: the tree is copied for each run
	version=$(basename "$work"/kernel/lib/modules/*)
	from=$work/kernel/lib/modules/$version to=$work/tree/lib/modules/$version
	mkdir -p "$to/kernel/drivers/net"
	cp -a "$from/kernel/net" "$from/kernel/lib" "$from/kernel/crypto" "$to/kernel/"
	cp -a "$from"/kernel/drivers/net/{veth,dummy,tun}.ko "$to/kernel/drivers/net/"
	cp -a "$from"/modules.{builtin,builtin.modinfo,order} "$to/"
	depmod -b "$work/tree" "$version"
	mv "$work"/kernel/boot/vmlinuz-* "$work/vmlinuz"
	rm -rf "$work/kernel"

	touch "$work/done"
	mv -T "$work" "$base" 2>/dev/null || [[ -e $base/done ]]
fi
echo "$base"
