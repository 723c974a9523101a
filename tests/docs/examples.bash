# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# examples.bash PAGE... - do what the EXAMPLES of manual pages show; as root
#
# Run by man.bats. What is run is what a reader sees: the blocks are cut out of the rendered
# page. A block's first line says what it is:
#
#	# COMMAND	a session of root; the lines up to the next "# " are the command's
#			output, all of it, where "..." stands for anything. A command goes on
#			after a "\" at the end of a line and to the end of its here-document.
#	$ COMMAND	the same of an ordinary user in the group tsp
#	[SECTION]	a configuration: tsp-handler -n accepts it
#	#!INTERPRETER	a template: creation, info and teardown work, twice over
#
# Each page has its own machine, as far as namespaces make one: files beside those of
# the system, in memory, a network with nothing but lo, and process ids, so that all ends
# with it. The broker is installed there as docs/operating.md says, configured as
# docs/tsp.conf.example is but for the template (print.sh) and 127.0.0.0/8 being accepted.
# User alice (password s3cret) has a lease with a prefix.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${TSP_BUILD:?}
M=/mnt # everything that is written
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

die() {
	echo "examples.bash: $*" >&2
	exit 1
}

# -- the page

# blocks PAGE DIRECTORY - each block under EXAMPLES as a file 1, 2, ...
blocks() {
	mandoc -Tascii "$1" | sed 's/.\x08//g' | awk -v dir="$2" '
		/^[A-Z]/ { inside = /^EXAMPLES/; open = 0; next }
		!inside { next }
		/^           / {
			if (!open) { open = 1; n++; gap = "" }
			printf "%s%s\n", gap, substr($0, 12) > (dir "/" n)
			gap = ""
			next
		}
		/^ *$/ { gap = gap "\n"; next }
		{ open = 0 }'
	[[ -e $2/1 ]] || die "no example in $1"
}

# -- the machine

# over DIRECTORY - mount a tmpfs over it
over() {
	local own=$M/over${1//\//-}
	mkdir -p "$own/upper" "$own/work"
	mount -t overlay -o "lowerdir=$1,upperdir=$own/upper,workdir=$own/work" overlay "$1"
}

# empty DIRECTORY... - and nothing of the system's is seen there
empty() {
	local dir
	for dir; do
		mkdir -p "$dir"
		mount -t tmpfs -o mode="$(stat -c %a "$dir")" tmpfs "$dir"
	done
}

configure() {
	local digest
	sed -e 's|^template = .*|template = /etc/tsp/templates/print.sh|' \
		-e 's|^#accept = .*|accept = 127.0.0.0/8|' \
		"$TOP/docs/tsp.conf.example" >/etc/tsp/tsp.conf
	digest=$(printf 'alice:tsp.example.net:s3cret' | md5sum)
	echo "alice:tsp.example.net:${digest%% *}" >/etc/tsp/users
	chown root:tsp /etc/tsp/users
	chmod 640 /etc/tsp/users
}

# listening - number of TCP sockets that wait for connections
listening() {
	awk '$4 == "0A" { n++ } END { print n + 0 }' /proc/net/tcp /proc/net/tcp6
}

# await_listener OLD - more sockets listen than did before
await_listener() {
	local i
	for ((i = 0; i < 1000; i++)); do
		[[ $(listening) -eq $1 ]] || return 0
		sleep 0.05
	done
}

give_alice_a_lease() {
	local old
	old=$(listening)
	systemd-socket-activate --accept --inetd -l 127.0.0.1:3600 tsp-handler >$M/server 2>&1 &
	await_listener "$old"
	"$M/tsp-client" --host 127.0.0.1 --port 3600 --timeout $((40 * ${TSP_SLOW:-1})) \
		--mechanism PLAIN --user alice --password s3cret --prefix 56 >$M/client 2>&1 ||
		die "no lease for alice" "$(<$M/client)" "$(<$M/server)"
	kill %1
	wait %1 || :
}

machine() {
	mount -t tmpfs tmpfs $M
	# The tree may lie below a directory that is emptied
	mkdir $M/top $M/build
	mount --bind "$TOP" $M/top
	mount --bind "$BUILD" $M/build
	TOP=$M/top BUILD=$M/build
	over /etc && over /usr/local && over /var/lib
	empty /etc/tsp /var/lib/tsp /root
	cp "$BUILD/tests/tools/tsp-client" $M
	make -s -C "$TOP" -o all B="$BUILD" install >/dev/null
	empty /tmp
	chmod 1777 /tmp
	ip link set lo up
	systemd-sysusers /usr/local/lib/sysusers.d/tsp.conf 2>/dev/null
	useradd -U -G tsp -M reader
	chown tsp:tsp /var/lib/tsp
	chmod 750 /var/lib/tsp
	configure
	tspctl init >/dev/null
	give_alice_a_lease
}

# -- the blocks

# commands FILE - split a session: COMMAND[i], and EXPECTED[i], what it prints
commands() {
	local prompt line end='' more=''
	COMMAND=() EXPECTED=()
	prompt=$(head -c 2 "$1")
	while IFS= read -r line; do
		if [[ -n $end || -n $more ]]; then
			COMMAND[-1]+=$'\n'$line
			[[ $line != "$end" ]] || end=
		elif [[ $line == "$prompt"* ]]; then
			COMMAND+=("${line#"$prompt"}")
			EXPECTED+=('')
		else
			EXPECTED[-1]+=$line$'\n'
			continue
		fi
		[[ $line == *\\ ]] && more=1 || more=
		[[ $line =~ '<<'-?\'?([A-Z]+) && -z $end ]] && end=${BASH_REMATCH[1]}
	done <"$1"
	return 0
}

# matches TEXT PATTERN - where "..." in the pattern is anything
matches() {
	local pattern=$2 c
	for c in \\ '*' '?' '['; do
		pattern=${pattern//"$c"/\\$c}
	done
	pattern=${pattern//.../*}
	# shellcheck disable=SC2053 # it is a pattern
	[[ $1 == $pattern ]]
}

# session FILE NAME - run all commands in one shell, then compare
session() {
	local i got as=() failed=0
	commands "$1"
	declare -f listening await_listener >$M/script
	for i in "${!COMMAND[@]}"; do
		[[ ${COMMAND[i]} != *'&' ]] || echo "old=\$(listening)"
		printf '{ %s\n} >/tmp/.out.%d 2>&1\n' "${COMMAND[i]}" "$i"
		[[ ${COMMAND[i]} != *'&' ]] || echo "await_listener \$old"
	done >>$M/script
	[[ $(head -c 1 "$1") == '#' ]] || as=(setpriv --reuid reader --regid reader --init-groups)
	# a command may be meant to fail: what it prints says so
	(cd / && timeout $((60 * ${TSP_SLOW:-1})) "${as[@]}" env -i PATH="$PATH" bash $M/script) </dev/null >$M/script.out 2>&1 || :
	for i in "${!COMMAND[@]}"; do
		[[ ${COMMAND[i]} != *'&' ]] || continue
		got=$(sed 's/[ \r]*$//' "/tmp/.out.$i" 2>&1) || :
		if ! matches "$got" "${EXPECTED[i]%$'\n'}"; then
			printf '%s\n-- should print\n%s-- and prints\n%s\n' "${COMMAND[i]}" \
				"${EXPECTED[i]}" "$got"
			failed=1
		fi
	done
	cat $M/script.out
	rm -f /tmp/.out.*
	return $failed
}

configuration() {
	tsp-handler -n -c "$1"
}

# template FILE - as the broker would run it; an idempotent one does all of it twice
template() {
	local operation
	chmod 755 "$1"
	for operation in CREATION CREATION INFO TEARDOWN TEARDOWN; do
		(cd / && env -i PATH="$PATH" TSP_OPERATION=TSP_TUNNEL_$operation TSP_TUNNEL_MODE=v6v4 \
			TSP_HOST_TYPE=host TSP_TUNNEL_INTERFACE=tspac6336407 \
			TSP_SERVER_ADDRESS_IPV4=192.0.2.1 TSP_CLIENT_ADDRESS_IPV4=198.51.100.7 \
			TSP_SERVER_ADDRESS_IPV6=2001:db8:a:0:c633:6407:0:2 \
			TSP_CLIENT_ADDRESS_IPV6=2001:db8:a:0:c633:6407:0:3 TSP_TUNNEL_PREFIXLEN=127 \
			TSP_LEASE=1 TSP_LEASE_EXPIRES=1800000000 "$1") >$M/template.out ||
			{ echo "$operation fails" && return 1; }
	done
}

block() {
	case $(head -n 1 "$1") in
	'# '* | '$ '*) session "$1" ;;
	'['*) configuration "$1" ;;
	'#!'*) template "$1" ;;
	*) die "no kind of example begins with: $(head -n 1 "$1")" ;;
	esac
}

# page PAGE - inside the namespaces
page() {
	local dir file failed=0 from=$TOP
	machine
	set -- "${1/#$from/$TOP}"
	dir=$(mktemp -d $M/page.XXXXXX)
	blocks "$1" "$dir"
	for ((i = 1; ; i++)); do
		file=$dir/$i
		[[ -e $file ]] || break
		if ! block "$file" >$M/said 2>&1; then
			printf '== %s, example %d:\n%s\n\n' "${1##*/}" "$i" "$(<$M/said)"
			failed=1
		fi
	done
	echo "${1##*/}: $((i - 1)) examples"
	return $failed
}

main() {
	local failed=0 one
	if [[ ${1-} == --inside ]]; then
		page "$2"
		exit
	fi
	for one; do
		unshare --mount --net --pid --fork --mount-proc --kill-child \
			bash "${BASH_SOURCE[0]}" --inside "$(realpath "$one")" || failed=1
	done
	exit $failed
}

main "$@"
