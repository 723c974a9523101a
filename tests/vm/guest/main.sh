#!/bin/bash
# SPDX-License-Identifier: MIT
#
# main.sh - run the scenarios and print TAP; started by tsp-test.service
#
# What to run says /opt/tsp-test/plan: the template and then the scenarios in their order;
# after the last one the power goes off. Where to print says the kernel command line or the
# environment.

cd /opt/tsp-test || exit
# shellcheck source=tests/vm/guest/lib.sh
. ./lib.sh
out=${TSP_TEST_OUT:-$(tr '[:space:]' '\n' </proc/cmdline | sed -n 's/^tsp-test.out=//p')}
exec >"$out" 2>&1

# up - for how many tenths of a second; scenarios change the clock
up() { sed 's/\.\(.\).*/\1/' /proc/uptime; }

read -r template scenarios <plan
echo "# $template: $(uname -r), systemd-$(systemctl --version | awk '{print $2; exit}'), up $(cut -d' ' -f1 /proc/uptime) s"

for scenario in $scenarios; do
	# shellcheck disable=SC2034 # began is for lib.sh
	start=$(up) began=$((EPOCHSECONDS - 1))
	# shellcheck disable=SC1090
	(. "scenarios/$scenario.sh")
	echo "# $scenario took $((($(up) - start) * 100)) ms"
done

echo "# $template done, up $(cut -d' ' -f1 /proc/uptime) s"
echo "# end"
systemctl start --no-block poweroff.target
