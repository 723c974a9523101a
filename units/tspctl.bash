# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# tspctl.bash - completion for tspctl(8)
#
# Users, leases and addresses come from tspctl, with the -c of the line being typed; a caller
# who may not read them gets none.

# _tspctl_ask COMMAND... - run tspctl with the options of the line, without errors
_tspctl_ask() {
	local i
	local -a config=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} != -c ]] || config=(-c "${COMP_WORDS[i + 1]}")
	done
	"${COMP_WORDS[0]}" "${config[@]}" "$@" 2>/dev/null </dev/null
}

# _tspctl_who - print values of WHO: users, IPv4 addresses, POOL/NUMBER
_tspctl_who() {
	_tspctl_ask list --plain | while IFS=$'\t' read -r pool number _ user ipv4 _; do
		[[ $user == - ]] || echo "$user"
		echo "$ipv4"
		echo "$pool/$number"
	done
}

# _tspctl_users - print user ids
_tspctl_users() {
	_tspctl_ask user list --plain | cut -f 1
}

# _tspctl_commands - print the subcommands
_tspctl_commands() {
	_tspctl_ask help | sed -n 's/^  \([a-z-]*\) .*/\1/p'
}

# _tspctl_command - find the subcommand that was typed and the word after it
_tspctl_command() {
	local i
	command='' action=''
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c) i=$((i + 1)) ;;
		-*) ;;
		*)
			if [[ -n $command ]]; then
				action=${COMP_WORDS[i]}
				return
			fi
			command=${COMP_WORDS[i]}
			;;
		esac
	done
}

# _tspctl_words - print all words that may stand here
_tspctl_words() {
	case $command in
	'') echo 'list top show who why release expire restore check block unblock status stats init backup restore-state resize move user policy template help' \
		'-c --json --help --version' ;;
	list) echo '--all --pool --user --prefix --state --endpoint --mode --expires-before' \
		'--sort -o --wide --plain --json --count --traffic' ;;
	top) echo '--by --traffic --pool -n --plain --json' ;;
	help) _tspctl_commands ;;
	show) echo '--pool --json' && _tspctl_who ;;
	who) echo '--at --port --json' && _tspctl_who ;;
	why) echo '--json' && _tspctl_who ;;
	release) echo '--pool --dry-run --yes' && _tspctl_who ;;
	expire) echo '--jobs --quiet --ping --json' ;;
	init) echo '--first --yes' ;;
	restore-state) echo '--yes' ;;
	restore) echo '--from --jobs --keep-going --json' ;;
	check) echo '--repair --dry-run --yes --force --tunnels --json' ;;
	unblock) _tspctl_ask block ;;
	stats | status) echo '--json' ;;
	move) echo '--dry-run --all --yes' ;;
	resize)
		if [[ $word == -* ]]; then
			echo '--dry-run --yes'
		elif [[ -z $action ]]; then
			echo 'users anonymous'
		fi
		;;
	template) [[ -n $action ]] && echo '--verbose --leases' || echo 'test' ;;
	user)
		case $action in
		'') echo 'add passwd del lock unlock list' ;;
		passwd | lock | unlock) _tspctl_users ;;
		del) if [[ $word == -* ]]; then echo '--dry-run --yes'; else _tspctl_users; fi ;;
		list) echo '--plain --json' ;;
		esac
		;;
	esac
}

_tspctl() {
	local command action word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	_tspctl_command
	COMPREPLY=()
	case $previous in
	-c | --from) mapfile -t COMPREPLY < <(compgen -f -- "$word") && return ;;
	--by) mapfile -t COMPREPLY < <(compgen -W 'address network user' -- "$word") && return ;;
	--pool) mapfile -t COMPREPLY < <(compgen -W 'users anonymous' -- "$word") && return ;;
	--jobs | --at | --port | -n) return ;;
	esac
	if [[ $command == policy || $command == backup || $command == restore-state || $command/$action == template/test ]]; then
		mapfile -t COMPREPLY < <(compgen -f -W "$(_tspctl_words)" -- "$word")
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$(_tspctl_words)" -- "$word")
}

complete -F _tspctl tspctl
