#!/bin/bash
# SPDX-License-Identifier: MIT
#
# plain.sh ROUTERS... - what guest/packets.sh has beside its tunnels, on this machine's own kernel
#
# IPv6 packets to clients behind COUNT routers, forwarded by a network namespace. Figures as
# there. Needs root.
set -euo pipefail

if [[ ${1-} != inside ]]; then
	cd "$(dirname "$0")/../.."
	mkdir -p /run/netns
	# namespaces and addresses of devices are known in here only
	exec unshare -m "$0" inside "$@"
fi
shift
mount -t tmpfs none /run/netns
work=$(mktemp -d "${TMPDIR:-/tmp}/tsp-plain.XXXXXX")
trap 'rm -rf "$work"' EXIT
printf 'LEASES=(%s) ROUNDS=%s\n' "$*" "${ROUNDS:-7}" >"$work/bench.conf"
packets=$(realpath "${TSP_BUILD:-build}")/tests/bench/packets
here=$PWD/tests/bench/guest/packets.sh
on() { ip netns exec "$@"; }
cd "$work"
# shellcheck disable=SC2034 # for packets.sh
MODES=plain
# shellcheck source=tests/bench/guest/packets.sh
. "$here" | sed 's/^figure\t//'
