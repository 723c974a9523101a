# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# uninstall.sh - `make uninstall` leaves configuration and state, and nothing else. In the
# machine with the product of `make install`, as the last scenario.

[[ ! -e packaged ]] || return 0

clean
configure
rm -r /etc/systemd/system/tsp-{restore,expire}.service.d # of the tests: install.sh
add_user alice
check "a user gets a tunnel and a prefix" session c1 $(user alice) --prefix 56
kept=$(sha256sum /etc/tsp/tsp.conf /etc/tsp/users /var/lib/tsp/users.leases)

check "the units are disabled" systemctl -q disable --now tsp.socket tsp-udp.socket tsp-expire.timer tsp-restore.service tsp-datapath.service
systemctl stop tsp-udp.service
check "make uninstall" sh uninstall
is "/usr has the files that it had before" "" "$(diff usr.before <(find /usr -xdev ! -type d | sort))"
is "configuration and state are left, and nothing else" "/etc/tsp
/etc/tsp/state-id
/etc/tsp/tsp.conf
/etc/tsp/users
/var/lib/tsp
/var/lib/tsp/anonymous.leases
/var/lib/tsp/lock
/var/lib/tsp/log.quota
/var/lib/tsp/template.lock
/var/lib/tsp/users.leases" "$(find /etc /usr /srv /opt /var -xdev -path '*/tsp*' ! -path '*tsp-test*' ! -path /etc/sysctl.d/tsp.conf ! -path '/var/log/*' | sort)"
is "as they were" "$kept" "$(sha256sum /etc/tsp/tsp.conf /etc/tsp/users /var/lib/tsp/users.leases)"
systemctl daemon-reload
check "nobody listens" not session c1
is "no unit has failed" "" "$(broken)"
