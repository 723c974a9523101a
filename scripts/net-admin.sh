#!/bin/sh
# SPDX-License-Identifier: MIT
#
# net-admin [remove] - give the units CAP_NET_ADMIN if tsp.conf names a template that needs it
#
# fast.sh needs no capability, so the units have none. Templates that make devices, routes
# or rules need CAP_NET_ADMIN: for those, this puts with-net-admin.conf, which lies beside
# it, among the units' drop-ins. `make install` and the package call it, so that an upgrade
# takes the capability from no template that is in use. With "remove" the drop-ins go again,
# unless somebody changed them.
set -eu

here=$(dirname "$(realpath "$0")")
root=${DESTDIR-${DPKG_ROOT-}}
conf=$root${TSP_ETC:=/etc/tsp}/tsp.conf

# needed - the template is there and does not say that it needs no capability
needed() {
	template=$(sed -n 's/^template[[:blank:]]*=[[:blank:]]*//p' "$conf" 2>/dev/null) || return
	[ -n "$template" ] && [ -r "$root$template" ] &&
		! head -c 4096 "$root$template" | grep -q '^# TSP-Capability:.*none'
}

# Not tsp-.service.d: that would bind every unit whose name begins so
for unit in tsp@ tsp-listen tsp-udp tsp-restore tsp-expire; do
	directory=$root${TSP_ETC%/tsp}/systemd/system/$unit.service.d
	drop_in=$directory/with-net-admin.conf
	if [ "${1-}" = remove ]; then
		! cmp -s "$here/with-net-admin.conf" "$drop_in" || rm "$drop_in"
		[ ! -d "$directory" ] || rmdir --ignore-fail-on-non-empty "$directory"
	elif [ ! -e "$drop_in" ] && needed; then
		mkdir -p "$directory"
		cp "$here/with-net-admin.conf" "$drop_in"
		chmod 644 "$drop_in"
		echo "$drop_in: CAP_NET_ADMIN for $template; systemctl daemon-reload makes it count"
	fi
done
