# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# networkd.sh - systemd-networkd makes the devices: templates/networkd.sh, set up with the
# files of docs/templates.md
#
# Runs in the boot with sit.sh only, whose tunnels are of the same kind.

[[ $template == sit ]] || return 0

clean
files=/run/systemd/network
for file in /etc/tmpfiles.d/tsp-networkd.conf /etc/polkit-1/rules.d/50-tsp.rules; do
	mkdir -p "${file%/*}"
	wanted=$(example "$file")
	echo "$wanted" >"$file"
done
systemd-tmpfiles --create /etc/tmpfiles.d/tsp-networkd.conf
template=networkd configure server.writable=$files limits.template_seconds=30
# networkd waits until udev knows a device; the other scenarios do without, since it is slow
systemctl unmask systemd-udevd{.service,-kernel.socket,-control.socket}
systemctl start systemd-udevd systemd-networkd
add_user alice bob

# made DEVICE - by networkd, and in its hands
made() { networkctl --no-legend list "$1" | grep -E 'sit +routable +configured'; }
no_files() { [[ -z $(ls $files) ]]; }

check "a user gets a tunnel and a prefix" session c1 $(user alice) --prefix 56
address=$CLIENT_IPV6 prefix=$PREFIX
device=$(tunnel "$CLIENT_IPV6" | sed 's/.* dev \([^ ]*\).*/\1/')
check "networkd has made the device" made "$device"
client_up c1
check "the user reaches the internet host" pings c1 $six
ip -n c1 addr add "${prefix%0}7/128" dev lo
check "and so does the prefix" pings six "${prefix%0}7"
ip -n c1 addr del "${prefix%0}7/128" dev lo
check "an address of nobody does not" filtered c1 2001:db8:77::1

check "the user comes back from another IPv4 address" session c1 $(user alice) --prefix 56 --bind 203.0.113.11
is "and keeps the address" "$address" "$CLIENT_IPV6"
client_up c1
check "traffic flows at once" pings c1 $six

on c2 /opt/tsp-test/tsp-client --host $server4 --timeout 30 $(user bob) >/dev/null 2>&1 &
first=$!
on crowd /opt/tsp-test/tsp-client --host $server4 --timeout 30 --bind 198.51.100.1 >/dev/null 2>&1 &
check "two more come at once: one" wait $first
check "and the other" wait $!
template=sit
is "there are three tunnels" 3 "$(tunnels)"

for file in "$files"/*; do
	rm "$file"
done
ip -o link show type sit | sed -En 's/^[0-9]+: (tsp[^@:]*).*/link del \1/p' | ip -batch -
networkctl reload
is "as after a boot there are none" 0 "$(tunnels)"
check "they are restored" systemctl restart tsp-restore
is "all three" 3 "$(tunnels)"
check "traffic flows again" pings c1 $six

check "a user leaves" session c2 $(user bob) --action delete
is "two tunnels are left" 2 "$(tunnels)"
on crowd /opt/tsp-test/tsp-client --host $server4 --bind 198.51.100.1 --action delete >/dev/null
session c1 $(user alice) --bind 203.0.113.11 --action delete
is "all leave: no device is left" 0 "$(tunnels)"
check "and no file" no_files

systemctl stop systemd-networkd.socket systemd-networkd systemd-udevd{-kernel.socket,-control.socket,.service}
rm -rf /etc/tmpfiles.d/tsp-networkd.conf /etc/polkit-1/rules.d/50-tsp.rules $files
