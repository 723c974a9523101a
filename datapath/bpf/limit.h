/* SPDX-License-Identifier: MIT */
/* limit.h - token buckets of ICMPv6 errors (RFC 4443 section 2.4 f)
 *
 * A bucket is one word: the time at which it will be full again. Taking a token moves
 * that time on by one interval; none is left if it is more than the burst ahead.
 */
#ifndef DATAPATH_BPF_LIMIT_H
#define DATAPATH_BPF_LIMIT_H

#include "datapath/bpf/packet.h"

#define LIMIT_ALL_INTERVAL 1000000ULL   /* ns: 1,000 errors of a kind each second, */
#define LIMIT_ALL_BURST    100000000ULL /* ... 100 at once */
#define LIMIT_ONE_INTERVAL 100000000ULL /* to one /64: 10 each second, */
#define LIMIT_ONE_BURST    900000000ULL /* ... 10 at once */

enum { LIMIT_UNREACHABLE, LIMIT_TOO_BIG, LIMIT_RECEIVERS };

INLINE bool limit_take(__u32 i, __u64 ns, __u64 interval, __u64 burst)
{
	__u64 *full = bpf_map_lookup_elem(&tsp_limits, &i), was, at;

	if (!full)
		return false;
	was = *(volatile __u64 *)full;
	at = was > ns ? was : ns;
	if (at - ns > burst)
		return false;
	return __sync_val_compare_and_swap(full, was, at + interval) == was;
}

/** limit_error() - may an error go to this receiver now?
 * @kind:	LIMIT_UNREACHABLE or LIMIT_TOO_BIG: neither can use up the other's tokens
 * @to:		Receiver; the buckets are of /64s
 */
INLINE bool limit_error(__u32 kind, struct halves to, __u64 ns)
{
	__u64 hash = (to.high ^ tsp_config.id_key[0]) * 0x9e3779b97f4a7c15ULL >> 32;
	__u32 i = LIMIT_RECEIVERS + hash % (TSP_MAX_LIMITS - LIMIT_RECEIVERS);

	return limit_take(i, ns, LIMIT_ONE_INTERVAL, LIMIT_ONE_BURST) &&
	       limit_take(kind, ns, LIMIT_ALL_INTERVAL, LIMIT_ALL_BURST);
}

#endif
