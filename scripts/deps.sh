#!/bin/sh
# SPDX-License-Identifier: MIT
#
# deps.sh [build] [check] [vm] [lint] [bench] - install the Debian packages that are missing
#
#   build   to build and to serve
#   check   to run the tests
#   vm      to run those in a guest or a container
#   lint    to run the static checks
#   bench   to take the figures of docs/performance.md
#
# Without arguments: all. Asks dpkg first; when nothing is missing, nothing else happens
# and no rights are needed.
set -eu

build="build-essential pkg-config libmxml-dev libcap-ng-dev libgsasl-dev
	clang libbpf-dev libseccomp-dev libinih-dev libjson-c-dev libsystemd-dev nettle-dev systemd iproute2 nftables"
check="bats bpftool ethtool libcmocka-dev openbsd-inetd fail2ban valgrind strace libcap2-bin iputils-ping procps
	iptables jq mandoc netcat-openbsd socat debhelper dpkg-dev fakeroot lintian"
lint="clang libclang-rt-14-dev clang-format clang-tidy cppcheck shellcheck mandoc
	liblmdb-dev libsqlite3-dev" # tests/bench is checked as well
vm="qemu-system-x86 mmdebstrap e2fsprogs kmod systemd-container"
bench="liblmdb-dev libsqlite3-dev gnuplot-nox systemd-container mmdebstrap"

wanted=
for set in "${@:-all}"; do
	case $set in
	build) wanted="$wanted $build" ;;
	check) wanted="$wanted $check" ;;
	vm) wanted="$wanted $vm" ;;
	bench) wanted="$wanted $bench" ;;
	lint) wanted="$wanted $lint" ;;
	all) wanted="$build $check $lint" ;; # not what vm and bench need alone
	*) echo "usage: deps.sh [build] [check] [vm] [lint] [bench]" >&2 && exit 100 ;;
	esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	echo "deps.sh: not a Debian system; these packages or their like are needed:"
	echo "$wanted"
	exit 0
fi

# shellcheck disable=SC2086 # a list of words
installed=$(dpkg-query -W -f='${db:Status-Status} ${Package} ' $wanted 2>/dev/null || :)
missing=
for package in $wanted; do
	case " $installed" in
	*" installed $package "*) ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

echo "deps.sh: installing$missing"
if [ "$(id -u)" -ne 0 ]; then
	echo "deps.sh: only root can install packages: try sudo" >&2
	exit 1
fi

# Installing a server package starts the server, and all we want of openbsd-inetd is the
# program. policy-rc.d is Debian's way to say so; an existing one is the administrator's
# and stays.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	trap 'rm -f "$policy"' EXIT
	trap 'exit 130' HUP INT TERM
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
apt="apt-get -q -y -o DPkg::Lock::Timeout=300"
# shellcheck disable=SC2086
$apt update && $apt install --no-install-recommends $missing
