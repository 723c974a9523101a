#!/bin/bash
# SPDX-License-Identifier: MIT
#
# main.sh - run the scenarios and print TAP; started by tsp-test.service
#
# What to run says /opt/tsp-test/plan: a line for each boot, the template and then the
# scenarios in their order; after the last one the power goes off. Where to print says the
# kernel command line or the environment.

cd /opt/tsp-test || exit
. ./lib.sh
out=${TSP_TEST_OUT:-$(tr ' ' '\n' </proc/cmdline | sed -n 's/^tsp-test.out=//p')}
exec >"$out" 2>&1

boot=$(($(cat boot 2>/dev/null || echo 0) + 1))
echo $boot >boot
sync boot
read -r template scenarios < <(sed -n "${boot}p" plan)
echo "# boot $boot, $template: $(uname -r), systemd-$(systemctl --version | awk '{print $2; exit}'), up $(cut -d' ' -f1 /proc/uptime) s"

for scenario in $scenarios; do
	start=$(date +%s%N) began=$((EPOCHSECONDS - 1))
	(. "scenarios/$scenario.sh")
	echo "# $scenario took $((($(date +%s%N) - start) / 1000000)) ms"
done

[[ ! ${TSP_TEST_BLAME-} ]] || systemd-analyze blame | head -n 20 | sed 's/^/# /'
echo "# boot $boot done, up $(cut -d' ' -f1 /proc/uptime) s"
[[ $boot -lt $(wc -l <plan) ]] || echo "# end"
systemctl start --no-block poweroff.target
