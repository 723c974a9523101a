#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tspctl-user.bats - who may log in: user add, passwd, del, list

# shellcheck disable=SC2016 # expanded by the shell that is started
# shellcheck disable=SC2154 # logins are in handler.bash
load ../lib/handler
load ../lib/tspctl

setup() {
	ctl_begin
	requires jq
}

teardown() {
	ctl_end
}

# has_user ID PASSWORD - the users file has just this, once
has_user() {
	local digest
	digest=$(printf '%s:%s:%s' "$1" "$REALM" "$2" | md5sum)
	[[ $(grep -c "^$1:" "$TSP_DIR/users") -eq 1 ]] &&
		grep -qx "$1:$REALM:${digest%% *}" "$TSP_DIR/users"
}

# user ACTION ID PASSWORD - with the password on standard input
user() {
	run "$CTL" user "$1" "$2" <<<"$3"
}

@test "add, passwd, del, list: and the handler agrees" {
	user add carol 'pass word:with=signs'
	[[ $status -eq 0 && $output == 'carol: added' ]]
	has_user carol 'pass word:with=signs' && has_user alice s3cret
	run -0 "$CTL" user list --plain
	[[ $(cut -f 1 <<<"$output" | paste -sd ' ') == 'alice bob carol' ]]
	run -0 "$CTL" user list --json
	[[ $(json 'map(.user) | join(" ")') == 'alice bob carol' ]]

	server_start
	offer --mechanism DIGEST-MD5 --user carol --password 'pass word:with=signs'
	user passwd carol other
	[[ $status -eq 0 && $output == 'carol: password changed' ]]
	refused 300 --mechanism PLAIN --user carol --password 'pass word:with=signs'
	offer --mechanism PLAIN --user carol --password other
	settled

	run -0 --separate-stderr "$CTL" user del --yes carol
	[[ ${lines[0]} == 'carol: deleted' && ${lines[1]} =~ ^users/[0-9]+:\ released:\ carol,\  ]]
	refused 300 --mechanism PLAIN --user carol --password other
	run -1 grep carol "$TSP_DIR/users"
	up
}

@test "lock: no login by any mechanism, and the lease stays; unlock: as before" {
	server_start
	offer "${digest_alice[@]}"
	settled
	local before
	before=$("$CTL" list --plain --user alice)
	run -0 "$CTL" user lock alice
	[[ $output == 'alice: locked' ]]
	run -1 has_user alice s3cret
	refused 300 "${as_alice[@]}"
	logged '127.0.0.1: authentication failed \(PLAIN\), the account is locked: alice'
	refused 300 "${digest_alice[@]}"
	logged '127.0.0.1: authentication failed \(DIGEST-MD5\), the account is locked: alice'
	# whether the password is right is not told
	refused 300 --mechanism PLAIN --user alice --password wrong
	offer "${as_bob[@]}" --bind 127.0.0.2
	settled
	[[ $("$CTL" list --plain --user alice) == "$before" ]]
	[[ $(tunnels | wc -w) -eq 2 ]]
	run -0 --separate-stderr "$CTL" why --json alice
	[[ $(json '.[0].text') == "locked: 'tspctl user unlock alice'" ]] || fail "$output"

	# a new password does not unlock
	user passwd alice other
	[[ $status -eq 0 ]]
	refused 300 --mechanism PLAIN --user alice --password other
	run -0 "$CTL" user lock alice # twice is once
	run -0 "$CTL" user unlock alice
	[[ $output == 'alice: unlocked' ]]
	has_user alice other
	offer --mechanism PLAIN --user alice --password other
	run -1 "$CTL" user lock carol
	[[ $output == *"no user 'carol'"* ]]
}

@test "lock between login and accept: the accept is refused" {
	server_start
	client_start "${as_bob[@]}" --hold 2
	client_has_offer
	run -0 "$CTL" user lock bob
	wait_until 10 gone "$CLIENT_PID"
	logged 'bob: accept refused: 300 [^:]*: the account was locked'
	settled
	[[ -z $("$CTL" list --plain) ]]
	up
}

@test "list: who may log in, has leases, and was heard when" {
	fill users 1 1 active 100 86400 56 alice 198.51.100.7
	fill users 2 1 expired 7200 -3600 56 bob 198.51.100.8
	add_user carol x
	run -0 "$CTL" user lock bob
	run -0 "$CTL" user list
	[[ ${lines[0]} =~ ^USER\ +STATE\ +LEASES\ +LAST\ HEARD$ ]] || fail "$output"
	[[ ${lines[1]} =~ ^alice\ +unlocked\ +1\ +1[0-9][0-9]s\ ago$ ]] || fail "$output"
	[[ ${lines[2]} =~ ^bob\ +locked\ +0\ +2h\ ago$ && ${lines[3]} =~ ^carol\ +unlocked\ +0\ +-$ ]] || fail "$output"
	run -0 "$CTL" user list --json
	[[ $(json '.[] | .user, .state, .leases' | paste -sd ' ') == 'alice unlocked 1 bob locked 0 carol unlocked 0' ]] || fail "$output"
	[[ $(json '.[0].heard | fromdate < now - 90') == true && $(json '.[2].heard') == null ]]
	# without leases to read the users are listed all the same
	rm "$TSP_DIR/state/users.leases"
	run -0 "$CTL" user list --plain
	[[ ${lines[1]} == bob$'\t'locked$'\t'-$'\t'- ]] || fail "$output"
	config -users
	run -0 "$CTL" user list --plain
	[[ ${#lines[@]} -eq 3 ]]
	run -100 "$CTL" user add --plain x
	[[ ${lines[0]} == *'user add: has no --plain' ]]
}

@test "a user called anonymous, written by hand, is no user" {
	add_user Anonymous s3cret
	server_start
	refused 300 --mechanism PLAIN --user Anonymous --password s3cret
	logged 'authentication failed \(PLAIN\), no such user'
}

@test "del says when the lease cannot be ended" {
	config limits.session_seconds=1
	fill users 1 1
	holds users 1
	run -1 "$CTL" user del --yes user1
	[[ ${lines[0]} == 'user1: deleted' && $output == *'a session is at work'* && $output == *'it may still exist'* ]]
	run -1 grep user1 "$TSP_DIR/users"
}

@test "del of a user who is gone ends the lease that an interrupted del left" {
	fill users 1 1
	sed -i '/^user1:/d' "$TSP_DIR/users"
	run -1 --separate-stderr "$CTL" user del --yes user1
	[[ ${lines[0]} =~ ^users/1:\ released:\ user1,\  && $stderr == *"no user 'user1'"* ]]
}

@test "who is there, and who is not" {
	user add alice x
	[[ $status -eq 1 && $output == *"'alice' exists already"* ]]
	user passwd dave x
	[[ $status -eq 1 && $output == *"no user 'dave'"* ]]
	run -1 "$CTL" user del --yes dave
	[[ $output == *"no user 'dave'"* ]]
	has_user alice s3cret
	# the same id in another realm is somebody else
	echo 'dave:other.example:0123456789abcdef0123456789abcdef' >>"$TSP_DIR/users"
	user add dave x
	[[ $status -eq 0 ]]
	run -0 "$CTL" user del --yes dave
	grep -q dave:other.example "$TSP_DIR/users"
}

@test "user ids: 1 to 63 characters of the documented set" {
	local id
	for id in a 0 a.b_c@d+e-f "$(printf %063d 0)"; do
		user add "$id" x
		[[ $status -eq 0 ]] || fail "'$id': $output"
	done
	for id in '' ' ' a:b 'a b' .a -- '#a' "$(printf %064d 0)" ä $'a\nb' 'a/b' "a'" '$(x)'; do
		run -1 "$CTL" user add -- "$id" <<<x
		[[ $output == *'user id is 1 to 63'* ]] || fail "'$id': $output"
	done
	[[ $(wc -l <"$TSP_DIR/users") -eq 6 ]]
}

@test "add refuses what would be taken for another user, and says what gives a tunnel no name" {
	user add Alice x
	[[ $status -eq 1 && $output == *"'Alice' differs from 'alice' by case only"* ]]
	user add Anonymous x
	[[ $status -eq 1 && $output == *"'Anonymous' would be taken for an anonymous client"* ]]
	run -1 grep -e ^Alice: -e ^Anonymous: "$TSP_DIR/users"
	user add bob@evil s3cret
	[[ $status -eq 0 && ${lines[0]} == *"'bob@evil.$REALM' is not a DNS name"* ]]
	user add a..b s3cret
	[[ $status -eq 0 && ${lines[0]} == *"'a..b.$REALM' is not a DNS name"* ]]

	# the offer to such a user has an address and no name
	server_start
	offer --mechanism PLAIN --user bob@evil --password s3cret
	is CLIENT_NAME ''
}

@test "a password outside of ASCII works by PLAIN, and add says that it seldom does" {
	user add erin 'pässwörd'
	[[ $status -eq 0 && ${lines[0]} == *'the password is not ASCII'* ]]
	user add frank 'plain ~ password'
	[[ $status -eq 0 && $output == 'frank: added' ]]
	server_start
	offer --mechanism PLAIN --user erin --password 'pässwörd'
}

@test "invalid passwords" {
	run -1 "$CTL" user add dave </dev/null
	[[ $output == *'no password on standard input'* ]]
	user add dave ''
	[[ $status -eq 1 ]]
	user add dave "$(printf %0256d 0)"
	[[ $status -eq 1 && $output == *'longer than 255'* ]]
	user add dave $'tab\there'
	[[ $status -eq 1 && $output == *'control characters'* ]]
	run -1 bash -c 'printf "a\0b\n" | "$0" user add dave' "$CTL"
	run -1 grep dave "$TSP_DIR/users"
	user add dave "$(printf %0255d 0)"
	[[ $status -eq 0 ]]
	user add erin 'pässwörd'
	[[ $status -eq 0 ]]
	has_user erin 'pässwörd'
	# without a newline, and with more behind it
	run -0 bash -c 'printf x | "$0" user add frank' "$CTL"
	has_user frank x
	run -0 bash -c 'printf "x\ny\n" | { "$0" user add grace; cat; }' "$CTL"
	[[ ${lines[1]} == y ]]
}

# prompts_are COUNT - true if the terminal shows at least COUNT prompts
prompts_are() {
	[[ $(grep -aoE 'Password: |The same again: ' "$TSP_DIR/typescript" | wc -l) -ge $1 ]]
}

@test "user del --dry-run says what would be done, and does nothing" {
	user add alice2 secret
	fill users 1 1 active 60 86400 56 alice2
	local before
	before=$(cat "$TSP_DIR/users" "$TSP_DIR/state/users.leases" | sha256sum)
	run -0 "$CTL" user del --dry-run alice2
	[[ ${lines[0]} == 'alice2: would be deleted' && ${lines[1]} == 'users/1: would be released: alice2, '* ]] || fail "$output"
	run -1 "$CTL" user del --dry-run nobody
	[[ $output == *"no user 'nobody'"* ]]
	run -100 "$CTL" user list --dry-run
	[[ $(cat "$TSP_DIR/users" "$TSP_DIR/state/users.leases" | sha256sum) == "$before" ]]
}

# typed TEXT COMMAND... - run it on a terminal; a part of TEXT is typed at each prompt
typed() {
	local text=$1 count=0
	shift
	: >"$TSP_DIR/typescript"
	run script -qefc "$*" "$TSP_DIR/typescript" < <(
		for part in $text; do
			wait_until 5 prompts_are $((++count))
			printf %b "$part"
		done
		sleep 0.5
	)
}

@test "on a terminal: asked for twice, not shown, not the same is refused" {
	typed 'hidden1\r hidden1\r' "'$CTL' user add dave"
	[[ $status -eq 0 ]] || fail "$output"
	[[ $output == *'Password: '*'The same again: '*'dave: added'* && $output != *hidden1* ]] || fail "$output"
	has_user dave hidden1
	typed 'hidden1\r hidden2\r' "'$CTL' user add erin"
	[[ $status -eq 1 && $output == *'not the same'* ]] || fail "$output"
	run -1 grep erin "$TSP_DIR/users"
}

@test "on a terminal: Ctrl-C puts the echo back" {
	typed 'hid\0003' "trap : INT; '$CTL' user add dave; echo status \$?; stty -a"
	[[ $output == *'status 130'* && $output == *' echo '* && $output != *'-echo '* ]] || fail "$output"
	[[ $output != *hid* ]]
	run -1 grep dave "$TSP_DIR/users"
}

@test "owner, mode, comments and strange lines are kept; no trace beside the file" {
	requires root
	printf '# comment\n\nnonsense\nlast:%s:0123456789abcdef0123456789abcdef' "$REALM" >>"$TSP_DIR/users"
	chown 12345:23456 "$TSP_DIR/users"
	chmod 644 "$TSP_DIR/users"
	user add dave x
	[[ $status -eq 0 ]]
	[[ $(stat -c '%u %g %a' "$TSP_DIR/users") == '12345 23456 644' ]]
	[[ $(sed -n '3,6p' "$TSP_DIR/users" | paste -sd ,) == '# comment,,nonsense,'last:* ]]
	has_user dave x
	[[ $(find "$TSP_DIR" -maxdepth 1 -name 'users*' | wc -l) -eq 1 ]]
	run -2 "$CTL" user list
	[[ $output == *users:5:*'userid:realm:digest'* && $output == *dave* ]]
}

@test "a symbolic link is followed, and stays" {
	mv "$TSP_DIR/users" "$TSP_DIR/real"
	ln -s real "$TSP_DIR/users"
	user add dave x
	[[ $status -eq 0 && -L $TSP_DIR/users ]]
	grep -q ^dave: "$TSP_DIR/real"
}

@test "the first user makes the file, for sessions to read" {
	requires root
	rm "$TSP_DIR/users"
	run -111 "$CTL" user list
	[[ $output == *'No such file'* ]]
	user passwd dave x
	[[ $status -eq 111 && ! -e $TSP_DIR/users ]]
	chown "$TSP_USER:" "$TSP_DIR/state"
	user add dave x
	[[ $status -eq 0 ]]
	[[ $(stat -c '%U %g %a' "$TSP_DIR/users") == "root $(id -g "$TSP_USER") 640" ]]
	server_start
	offer --mechanism PLAIN --user dave --password x
}

@test "of several lines of a user one stays, with the new password" {
	add_user alice other
	user passwd alice new
	[[ $status -eq 0 ]]
	has_user alice new
}

@test "many at a time: nobody is lost" {
	local i pids=()
	for i in $(seq 40); do
		"$CTL" user add "user$i" <<<"p$i" >/dev/null 2>&1 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	for i in $(seq 40); do
		has_user "user$i" "p$i" || fail "user$i"
	done
	[[ $(wc -l <"$TSP_DIR/users") -eq 42 ]]
}

@test "no password is ever an argument" {
	run -100 "$CTL" user add dave secret
	run -1 grep dave "$TSP_DIR/users"
}

@test "user del while a session is at work: what it makes ends, or is never made" {
	server_start
	# an offer that waits for its accept is waited for
	client_start "${as_alice[@]}" --hold 1
	client_has_offer
	run -0 "$CTL" user del --yes alice
	wait_until 5 gone "$CLIENT_PID"
	[[ -z $("$CTL" list --plain --user alice) ]] || fail "$("$CTL" list)" "$output"
	settled
	up
}

@test "user del between login and accept: the accept is refused" {
	server_start
	client_start "${as_bob[@]}" --hold 2
	client_has_offer
	sed -i '/^bob:/d' "$TSP_DIR/users" # what user del does first
	wait_until 10 gone "$CLIENT_PID"
	logged 'bob: accept refused: 300 [^:]*: the account was deleted'
	settled
	[[ -z $("$CTL" list --plain) ]]
	up
}
