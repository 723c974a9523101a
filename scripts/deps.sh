#!/bin/sh
# SPDX-License-Identifier: MIT
#
# deps.sh [build] [check] [vm] [lint] [bench] [distros] - install missing Debian packages
#
#   build   to build and to serve
#   check   to run the tests
#   vm      to run the tests in a guest or a container, and those on Debian 13
#   lint    to run the static checks
#   bench   to take the figures of docs/performance.md
#   distros to run the tests on other systems: make check-distros
#
# Without arguments: all but the last. Asks dpkg first: with nothing missing it does nothing
# more and needs no rights.
set -eu

build="build-essential pkg-config libmxml-dev libcap-ng-dev libgsasl-dev
	clang libbpf-dev libseccomp-dev libinih-dev libjson-c-dev libsystemd-dev nettle-dev systemd iproute2 nftables
	iputils-ping"
check="bats bpftool ethtool libcmocka-dev openbsd-inetd fail2ban valgrind strace libcap2-bin procps
	iptables mount passwd jq mandoc netcat-openbsd socat radvd dbus-daemon debhelper dpkg-dev fakeroot lintian"
lint="clang libclang-rt-dev clang-format clang-tidy cppcheck shellcheck mandoc musl-tools
	liblmdb-dev libsqlite3-dev" # tests/bench is checked, too
vm="qemu-system-x86 mmdebstrap e2fsprogs kmod systemd-container"
# Since Debian 13 it has systemd's .pc file, which was in systemd
[ -e /usr/share/pkgconfig/systemd.pc ] || build="$build systemd-dev"
bench="liblmdb-dev libsqlite3-dev iperf3 gnuplot-nox systemd-container mmdebstrap"
distros="mmdebstrap arch-test qemu-user-static binfmt-support"

wanted=
for set in "${@:-all}"; do
	case $set in
	build) wanted="$wanted $build" ;;
	check) wanted="$wanted $check" ;;
	vm) wanted="$wanted $vm" ;;
	bench) wanted="$wanted $bench" ;;
	lint) wanted="$wanted $lint" ;;
	distros) wanted="$wanted $distros" ;;
	all) wanted="$build $check $vm $lint $bench" ;;
	*) echo "usage: deps.sh [build] [check] [vm] [lint] [bench] [distros]" >&2 && exit 100 ;;
	esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	echo "deps.sh: not a Debian system; the project needs these packages or their equivalents:"
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

# Installing openbsd-inetd or fail2ban would start a server; the tests need the programs alone.
# policy-rc.d prevents it. An existing one is the administrator's and stays.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	trap 'rm -f "$policy"' EXIT
	trap 'exit 130' HUP INT TERM
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
apt="apt-get -q -y -o DPkg::Lock::Timeout=300"
$apt update
[ -n "$(apt-cache madison systemd-dev)" ] || missing=$(echo "$missing" | sed 's/ systemd-dev//')
# shellcheck disable=SC2086
$apt install --no-install-recommends $missing
