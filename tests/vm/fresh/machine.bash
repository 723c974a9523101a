# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# machine.bash - a fresh Debian of suite $SUITE, booted in a network namespace
#
# The tree has apt and systemd and nothing of ours; it is made once a week and kept in
# ${XDG_CACHE_HOME:-/var/cache}/tsp-handler-fresh, with the packages that tspc depends on in
# apt's own cache: the machine has no network but that of the namespace. A run writes to a tmpfs over it.

# shellcheck disable=SC2154 # set by netns.bash and by the caller

# machine_sources - this machine's sources of Debian's packages, for $SUITE
machine_sources() {
	# shellcheck disable=SC2016 # for apt-get
	apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(CODENAME) $(COMPONENT)' \
		'Created-By: Packages' | awk -v here="$HERE" -v there="$SUITE" '
		$1 == "Debian" && $4 == "main" && index($3, here) == 1 {
			sub(here, there, $3)
			print "deb", $2, $3, $4
		}'
}

# machine_tree [PACKAGE,... [SET]] - print the kept tree, after making it if there is none; with these packages, and with
# the set of scripts/deps.sh; false: not to be had
machine_tree() {
	local cache=${XDG_CACHE_HOME:-/var/cache}/tsp-handler-fresh key base work hooks=()
	key=$({ echo "$@" && cat "$ROOT"/{tests/vm/fresh/machine.bash,debian/control,scripts/deps.sh}; } |
		sha256sum | cut -c1-12)
	# shellcheck disable=SC2016 # for mmdebstrap
	[[ -z ${2-} ]] || hooks=(--customize-hook="copy-in '$ROOT/scripts/deps.sh' /root"
		--customize-hook='chroot "$1" /root/deps.sh '"$2")
	base=$cache/$(date +%G-%V)-$SUITE-$key
	if [[ ! -e $base ]]; then
		mkdir -p "$cache"
		find "$cache" -mindepth 1 -maxdepth 1 -mtime +14 -exec rm -rf {} +
		work=$(mktemp -d "$cache/new.XXXXXX")
		chmod 755 "$work"
		machine_sources | timeout -k 5 600 mmdebstrap --quiet --mode=root --variant=minbase \
			--aptopt='Acquire::Languages "none"' --dpkgopt='force-unsafe-io' \
			--dpkgopt='path-exclude=/usr/share/locale/*' --skip=cleanup/apt/lists \
			--include="systemd-sysv,iputils-ping${1:+,$1}" "${hooks[@]}" "$SUITE" "$work/tree" - >&2 || {
			rm -rf "$work"
			return 1
		}
		mv -T "$work" "$base" 2>/dev/null || rm -rf "$work" # another run was faster
	fi
	echo "$base/tree"
}

# machine_package DIR - the packages of this tree for $SUITE, in DIR
machine_package() {
	export DEB_BUILD_OPTIONS=nocheck
	unset MAKEFLAGS MAKELEVEL MFLAGS
	if [[ $SUITE == "$HERE" ]]; then
		B=$1 "$ROOT/scripts/deb.sh" >&2 && cp "$1"/deb/ts*_*.deb "$1"
	else
		# shellcheck disable=SC2016 # expanded there
		"$ROOT/scripts/distro.sh" "$SUITE" sh -c 'DEB_BUILD_OPTIONS=nocheck scripts/deb.sh >&2 && cd build/deb && tar -c ts*_*.deb' |
			tar -x -C "$1"
	fi
}

# machine_mount - $MACHINE is $MACHINE_TREE, and what is written there goes to memory
machine_mount() {
	mkdir "$TSP_DIR/over" "$TSP_DIR/machine"
	mount -t tmpfs none "$TSP_DIR/over"
	mkdir "$TSP_DIR/over/"{upper,work}
	mount -t overlay none "$TSP_DIR/machine" \
		-o "lowerdir=$MACHINE_TREE,upperdir=$TSP_DIR/over/upper,workdir=$TSP_DIR/over/work"
	MACHINE=$TSP_DIR/machine
	: >"$MACHINE/etc/machine-id"
	systemctl --root="$MACHINE" -q mask getty@.service console-getty.service serial-getty@.service getty-static.service
}

# machine_fetch PACKAGE... - into apt's cache there, with all that they depend on
machine_fetch() {
	chroot "$MACHINE" apt-get -q -y --download-only install "$@" >"$TSP_DIR/apt.log" 2>&1 ||
		skip "$SUITE: packages cannot be fetched: $(tail -n 1 "$TSP_DIR/apt.log")"
	cp -n "$MACHINE"/var/cache/apt/archives/*.deb "$MACHINE_TREE/var/cache/apt/archives/" # for the next run
}

# machine_prepare - with $PACKAGE in /root, and in apt's cache the packages that it depends on and those that
# networkctl needs for a user without rights
machine_prepare() {
	machine_mount
	cp "$PACKAGE" "$MACHINE/root/"
	machine_fetch "/root/${PACKAGE##*/}" dbus polkitd
}

# machine_boot NAMESPACE [OPTION]... - with options of systemd-nspawn; $LEADER is its first process, for nsenter
machine_boot() {
	mkdir -p /run/systemd/nspawn # systemd-nspawn complains if /run is on disk
	mknod -m 666 "$TSP_DIR/tun" c 10 200 # as udev makes it, which a container has not
	SYSTEMD_NSPAWN_API_VFS_WRITABLE=network systemd-nspawn -q -D "$MACHINE" -b --link-journal=no --register=no --keep-unit \
		--network-namespace-path="/run/netns/$1" --capability=CAP_NET_ADMIN \
		--bind="$TSP_DIR/tun:/dev/net/tun" "${@:2}" >"$TSP_DIR/console" 2>&1 </dev/null 3>&- &
	NSPAWN=$!
	wait_until 10 machine_leader || fail "no container" "$(<"$TSP_DIR/console")"
	wait_until 60 inside systemctl -q is-active multi-user.target || fail "no boot" "$(tail -n 20 "$TSP_DIR/console")"
	export RUNTIME_DIRECTORY=/proc/$LEADER/root/run/tspc
}

machine_leader() {
	LEADER=$(pgrep -P "$NSPAWN" | head -n 1)
	export LEADER
	[[ -n $LEADER && -e /proc/$LEADER/root/run/systemd/private ]]
}

# inside COMMAND... - in the machine
inside() {
	nsenter -t "$LEADER" -m -u -i -n -p -C env -i LANG=C.UTF-8 \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		DEBIAN_FRONTEND=noninteractive "$@"
}

# machine_end - power off, and take the mounts away
machine_end() {
	if [[ -n ${NSPAWN:-} ]]; then
		kill -KILL "$LEADER" 2>/dev/null || true
		wait "$NSPAWN" 2>/dev/null || true
	fi
	umount "$TSP_DIR/machine" "$TSP_DIR/over" 2>/dev/null || true
}
