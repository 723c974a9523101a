# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# unmanaged.sh - a host whose systemd-networkd has a file that matches every device

clean
configure
printf '[Match]\nName=wan0\n[Network]\nAddress=192.0.2.1/24\nGateway=192.0.2.254\n' >/etc/systemd/network/10-wan.network
printf '[Match]\nName=up0\n[Network]\nAddress=2001:db8:6::1/64\n' >/etc/systemd/network/10-up.network
printf '[Match]\nName=*\n[Network]\nDHCP=yes\n' >/etc/systemd/network/99-all.network
# networkd waits until udev knows a device; the other scenarios do without, since it is slow
systemctl -q unmask systemd-udevd{.service,-kernel.socket,-control.socket}
systemctl start systemd-udevd
udevadm trigger --settle --subsystem-match=net

# managed DEVICE - networkd has configured it, or tries
managed() { networkctl --no-legend list "$1" | grep -E ' (configuring|configured|degraded) *$'; }
# left DEVICE - networkd knows it and leaves it alone
left() { networkctl --no-legend list "$1" | grep -E ' unmanaged *$'; }
device() { ip -o link show | sed -En 's/^[0-9]+: (tsp[^@:]*).*/\1/p' | grep -v 'x$' | tail -n 1; }

check "a client gets a tunnel" session c1
client_up c1
check "traffic flows" pings c1 $six
systemctl restart systemd-networkd
check "networkd has its own devices in hand" eventually 60 managed wan0
check "and leaves the tunnel's alone" eventually 60 left "$(device)"
check "traffic flows after its start" pings c1 $six
check "a new client gets a tunnel" session c2
client_up c2
check "networkd leaves its device alone, too" eventually 60 left "$(device)"
check "its traffic flows" pings c2 $six
systemctl stop systemd-networkd.socket systemd-networkd systemd-udevd{.service,-kernel.socket,-control.socket}
systemctl -q mask systemd-udevd{.service,-kernel.socket,-control.socket}
rm /etc/systemd/network/*
