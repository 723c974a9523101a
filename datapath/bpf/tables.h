/* SPDX-License-Identifier: MIT */
/* tables.h - the maps as the kernel makes them; sizes of 1 are set by the loader */
#ifndef DATAPATH_BPF_TABLES_H
#define DATAPATH_BPF_TABLES_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "datapath/bpf/maps.h"

/* name: programs and maps are called tsp_..., at most 15 characters, for bpftool */
const volatile struct tsp_config tsp_config;

#define TSP_ARRAY(name, entry)                                                           \
	struct {                                                                         \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                        \
		__uint(map_flags, BPF_F_MMAPABLE);                                       \
		__uint(max_entries, 1);                                                  \
		__type(key, __u32);                                                      \
		__type(value, entry);                                                    \
	} name SEC(".maps")

TSP_ARRAY(tsp_shared, struct tsp_shared);
TSP_ARRAY(tsp_users, struct tsp_tunnel);
TSP_ARRAY(tsp_users_seen, struct tsp_seen);
TSP_ARRAY(tsp_anon, struct tsp_tunnel);
TSP_ARRAY(tsp_anon_seen, struct tsp_seen);
TSP_ARRAY(tsp_anon_index, struct tsp_bucket);

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, TSP_MAX_BLOCKED);
	__type(key, struct tsp_block);
	__type(value, __u64);
} tsp_blocked SEC(".maps");

/* IPv4 address (network byte order) that sent a foreign source: packets */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, TSP_MAX_SPOOFERS);
	__type(key, __be32);
	__type(value, __u64);
} tsp_spoofers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TSP_COUNTERS_END);
	__type(key, __u32);
	__type(value, __u64);
} tsp_counters SEC(".maps");

/* token buckets of ICMPv6 errors, see limit.h */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TSP_MAX_LIMITS);
	__type(key, __u32);
	__type(value, __u64);
} tsp_limits SEC(".maps");

/* what an ICMPv6 error quotes: too large for the stack */
struct tsp_quote {
	__u8 bytes[TSP_QUOTE];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tsp_quote);
} tsp_scratch SEC(".maps");

#endif
