#!/bin/bash
# SPDX-License-Identifier: MIT
#
# install.sh BASE DIR - DIR becomes a copy of BASE/tree with the product installed and the tests in it
#
# Installs as README.md says, from `make install`. B is the build directory. Needs root.
set -euo pipefail

base=$1 dir=$2
cd "$(dirname "$(realpath "$0")")/../.."

cp -a "$base/tree" "$dir"
test=$dir/opt/tsp-test
mkdir -p "$test"
(cd "$dir" && find usr -xdev ! -type d) | sed 's|^|/|' | sort >"$test/usr.before"

# A copy of $B: the units made in it are for /usr, and other runs may install from $B meanwhile
built=$(dirname "$dir")/built
mkdir "$built"
cp -a "$B"/{tsp-handler,tsp-udp,tspctl,tspc,tsp-datapath,tsp-tunnel} "$built/"
make -s -o all B="$built" DESTDIR="$dir" prefix=/usr install
# The machine has no make: it gets what make would do there
make -s -n B="$built" DESTDIR='' prefix=/usr uninstall >"$test/uninstall"

# README.md, "Install", for a system that is not running
systemd-sysusers --root="$dir" 2>/dev/null
systemd-tmpfiles --root="$dir" --create tsp.conf
install -m 640 -g "$(awk -F: '$1 == "tsp" { print $3 }' "$dir/etc/group")" /dev/null "$dir/etc/tsp/users"
systemctl --root="$dir" -q enable tsp.socket tsp-udp.socket
for unit in tsp-restore.service tsp-expire.timer; do
	[[ ! -x $dir/usr/sbin/tspctl ]] || systemctl --root="$dir" -q enable "$unit"
done
echo net.ipv6.conf.all.forwarding=1 >"$dir/etc/sysctl.d/tsp.conf"

# The tests, their hosts and their client
cp -a tests/vm/guest/* tests/vm/scenarios docs/templates.md "$B/tests/tools/tsp-client" "$B"/tests/tools/tsp-udp-{client,flood,relay} "$B/tspc" templates/client "$test/"
chown -R 0:0 "$test/client"
mv "$test"/*.service "$dir/etc/systemd/system/"
systemctl --root="$dir" -q enable tsp-test.service tsp-test-net.service
systemctl --root="$dir" -q disable inetd.service 2>/dev/null
systemctl --root="$dir" -q mask getty-static.service console-getty.service getty@.service serial-getty@.service systemd-logind.service \
	systemd-udevd{.service,-kernel.socket,-control.socket} systemd-udev-trigger.service \
	systemd-update-done.service ldconfig.service systemd-binfmt.service e2scrub_reap.service \
	systemd-update-utmp.service systemd-update-utmp-runlevel.service nftables.service \
	e2scrub_all.timer fstrim.timer dpkg-db-backup.timer systemd-tmpfiles-clean.timer
# When the tunnels were there, for restore.sh; no expire run inside of clean()
mkdir -p "$dir"/etc/systemd/system/tsp-{restore,expire}.service.d
printf '%s\n' '[Unit]' 'ConditionPathExists=!/run/tsp-test-clean' >"$dir/etc/systemd/system/tsp-expire.service.d/clean.conf"
printf '%s\n' '[Service]' 'ExecStartPost=+/bin/sh -c "/opt/tsp-test/clock.sh >/run/tsp-restored"' >"$dir/etc/systemd/system/tsp-restore.service.d/stamp.conf"
: >"$dir/etc/machine-id"
