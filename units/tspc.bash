# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# tspc.bash - completion for tspc(8)

_tspc() {
	local word=${COMP_WORDS[COMP_CWORD]} words='-f --once --trial -n -h -V status info delete cleanup' typed
	COMPREPLY=()
	if [[ ${COMP_WORDS[COMP_CWORD - 1]} == -f ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
	fi
	for typed in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $typed in
		status) words=--json ;;
		info | delete | cleanup) words='' ;;
		esac
	done
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _tspc tspc
