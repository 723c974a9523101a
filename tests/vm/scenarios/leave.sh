# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# leave.sh - last scenario of a boot: what the next one is to find, 200 leases and its template

clean
cat /opt/tsp-test/seed/users >/etc/tsp/users
cp -a /opt/tsp-test/seed/*.leases /var/lib/tsp/
read -r template _ < <(sed -n "$((boot + 1))p" plan) || return 0
configure server.lifetime=100000
sync
