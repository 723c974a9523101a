# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# template.sh - `tspctl template test` with real sit devices: an example of
# docs/templates.md passes, which is sit.sh with something added

[[ $template == sit || $scenarios == template ]] || return 0
clean
configure

# passes NAME - all tests of the kit; what does not is shown
passes() {
	tspctl template test "/etc/tsp/templates/$1.sh" >/run/kit
	local status=$?
	grep -A 8 '^not ok' /run/kit
	return $status
}

name=$template
if [[ $template == sit ]]; then
	name=rate
	example rate.sh >/etc/tsp/templates/rate.sh
	chmod 755 /etc/tsp/templates/rate.sh
fi
check "$name.sh" passes "$name"
check "the report is whole" grep '^1\.\.' /run/kit
is "nothing of it is outside" 0 "$(tunnels)"
rm -f /etc/tsp/templates/rate.sh
