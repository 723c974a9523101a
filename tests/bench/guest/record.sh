#!/bin/bash
# SPDX-License-Identifier: MIT
#
# record.sh DIR LEASES - record the ip and nft commands of `tspctl restore` for LEASES leases
#
# Makes DIR/LEASES.leases, DIR/LEASES.routes for `ip -batch` and DIR/LEASES.elements for
# `nft -f`. Runs tspctl and sit-shared.sh here, with an ip and a nft that only write down.
set -euo pipefail

dir=$1 n=$2
cd "$(dirname "$0")/../../.."
B=$(realpath "${TSP_BUILD:-build}")
work=$(mktemp -d "${TMPDIR:-/tmp}/tsp-record.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$dir" "$work/state" "$work/bin"

cat >"$work/bin/ip" <<-END
	#!/bin/sh
	case \$* in
	-force*) exec cat >>"$dir/$n.routes" ;;
	*-batch*) grep -v '^link show' >>"$dir/$n.routes"; echo "tsp0: local 192.0.2.1 " ;;
	*show*) echo "tsp0: local 192.0.2.1 " ;;
	esac
END
cat >"$work/bin/nft" <<-END
	#!/bin/sh
	exec cat >>"$dir/$n.elements"
END
cat >"$work/record.sh" <<-END
	#!/bin/sh
	# TSP-Batch: yes
	export PATH="$work/bin:\$PATH"
	exec "$PWD/tests/bench/peers/sit-shared.sh"
END
chmod +x "$work"/bin/* "$work/record.sh"
cat >"$work/tsp.conf" <<-END
	[server]
	template = $work/record.sh
	address = 192.0.2.1
	state = $work/state
	[pool users]
	link = 2001:db8:ffff::/64
	prefix = 2001:db8:1000::/36
	capacity = $((n + 16))
END
"$B/tests/tools/fill-leases" "$work/state/users.leases" $((n + 16)) 1 "$n"
cp "$work/state/users.leases" "$dir/$n.leases"
"$B/tspctl" -c "$work/tsp.conf" restore --json 2>"$work/log" | grep -q "\"restored\": *$n," || {
	tail -n 3 "$work/log" >&2
	exit 1
}
