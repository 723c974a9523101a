# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2153,SC2154
#
# soak.sh - fast.sh under traffic for hours, while everything around it comes and goes: the
# kernel has nothing to complain of, and no lease is without a tunnel
#
# For as many seconds as the file soak says. Not part of a usual run.

[[ $template == fast ]] || return 0
clean
configure limits.per_address=16
seconds=$(cat soak)
users=$(seq -f 'u%g' 20)
add_user $users
end=$((SECONDS + ${seconds:-60}))

# over - the time is up
over() { [[ $SECONDS -ge $end ]]; }

check "a client has a tunnel" session c1
client_up c1
first=$CLIENT_IPV6
check "another one has a tunnel in UDP" udp_session c3 --address 192.168.7.2 --from 40000
udp_up c3
second=$CLIENT_IPV6
dmesg -n 1
dmesg -C

# talk HOST ADDRESS - small and large packets, TCP both ways, and packets that it has forged
talk() {
	local i=0 way port=$((5000 + ${1#c}))
	ip -n "$1" addr add "2001:db8:77::${1#c}/128" dev tun6 nodad
	until over; do
		on "$1" ping -q -c 50 -i 0.01 -W 1 -s $((i * 97 % 3000)) $six
		on six ping -q -c 50 -i 0.01 -W 1 -s $((i * 89 % 3000)) "$2"
		on "$1" ping -q -c 5 -i 0.01 -W 0.1 -I "2001:db8:77::${1#c}" $six
		for way in "$1 six $six" "six $1 $2"; do
			set -- "$1" "$2" $way
			on "$4" timeout 12 nc -n -6 -l "$5" $port </dev/null >/run/soak.$1 &
			sleep 0.3
			head -c 500000 /dev/zero | on "$3" timeout 10 nc -n -6 -N -w 5 "$5" $port
			wait
			[[ $(stat -c %s /run/soak.$1) -ne 500000 ]] || echo TCP
		done
		i=$((i + 1))
	done
}

# crowd - anonymous clients and users who come, come back and leave; some never say good-bye
crowd() {
	local i=0 host name
	until over; do
		i=$((i % 250 + 1)) name=u$((i % 20 + 1))
		session crowd --bind 198.51.100.$i && echo session
		[[ $((i % 3)) -ne 0 ]] || session crowd --bind 198.51.100.$i --action delete
		session crowd --bind 198.51.100.$i $(user $name) --prefix 56 && echo session
		[[ $((i % 4)) -ne 0 ]] || session crowd --bind 198.51.100.$i $(user $name) --action delete
		udp_session c2 --address 10.0.0.$i --from $((41000 + i))
	done
}

# administrator - each round does everything that README and manuals name
administrator() {
	local i=0
	until over; do
		systemctl reload tsp-datapath
		systemctl restart tsp-datapath
		sleep 2
		ip link set wan0 down
		ip link set wan0 up
		ip route replace default via 192.0.2.254
		systemctl reload tsp-datapath
		sleep 2
		configure limits.per_address=16 users.capacity=$((512 + i % 2 * 512))
		systemctl reload tsp-datapath
		sleep 2
		ip link add up1 type veth peer name up2
		ip link set up1 up
		configure limits.per_address=16 server.uplink="wan0 up1"
		systemctl reload tsp-datapath
		ip link del up1
		configure limits.per_address=16
		systemctl reload tsp-datapath
		sleep 2
		ip link set tsp0 down
		systemctl reload tsp-datapath
		sleep 2
		tsp-datapath stop
		systemctl restart tsp-datapath tsp-restore
		systemctl start tsp-expire
		systemctl reset-failed
		tspctl list --traffic --plain | tail -n 1
		tsp-datapath status
		i=$((i + 1))
		echo round
	done
}

jobs=()
talk c1 "$first" >/run/soak.talk1 2>&1 &
jobs+=($!)
talk c3 "$second" >/run/soak.talk3 2>&1 &
jobs+=($!)
crowd >/run/soak.crowd 2>&1 &
jobs+=($!)
administrator >/run/soak.administrator 2>&1 &
jobs+=($!)
wait "${jobs[@]}"

# done_by FILE WORD - it worked at least once; how often is of interest
done_by() {
	echo "# $2: $(grep -cx "$2" "/run/soak.$1") by $1"
	if grep -qx "$2" "/run/soak.$1"; then
		ok "$1 $2"
	else
		not_ok "$1 $2" "$(<"/run/soak.$1")"
	fi
}
done_by talk1 TCP
done_by talk3 TCP
done_by crowd session
done_by administrator round

is "the kernel has nothing to complain of" "" \
	"$(dmesg | grep -iE 'warning|bug:|oops|call trace|refcount|unregister_netdevice|leak|stall|hung|general protection' | head -n 12)"
check "the timer looks" tspctl expire
check "tunnels are what leases say" tspctl check --tunnels
is "as many tunnels as leases" "$(tspctl list --plain 2>/dev/null | wc -l)" "$(tunnels)"
check "the client's tunnel works" pings c1 $six
check "and the one in UDP" pings c3 $six
check "forged packets are dropped" filtered c1 2001:db8:88::1
udp_down c3
is "no unit failed" "" "$(broken)"
