# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# leave.sh - last scenario before the reboot: the state that the next boot is to find
clean
cat /opt/tsp-test/seed/users >/etc/tsp/users
cp -a /opt/tsp-test/seed/*.leases /var/lib/tsp/
template=sit configure
sync
