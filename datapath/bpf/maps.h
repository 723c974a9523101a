/* SPDX-License-Identifier: MIT */
/* maps.h - what the BPF programs, the loader and the tools agree on
 *
 * Two families of maps:
 *
 *	tsp_users, tsp_anon       struct tsp_tunnel by lease number, written by user space
 *	tsp_users_seen, ..._seen  struct tsp_seen by lease number, written by BPF
 *
 * Both arrays of a family are mmapable. A user's address contains the lease number; the
 * address of an anonymous client contains its endpoint, and tsp_anon_index turns the
 * endpoint into the lease number.
 *
 * tsp_tunnel.word says all about the client's end in one aligned 64-bit word: IPv4
 * address, UDP port (0: protocol 41) and generation; 0 means no tunnel. The rule for
 * writers, who must use mmap() since bpf(2) copies bytes:
 *
 *	1. store 0 in word (tsp_word_store())
 *	2. write all other fields, generation too: tsp_next_generation() of the old one
 *	3. store the new word
 *
 * and of an anonymous client: then tsp_index_put(). Teardown stores 0 in word, then
 * tsp_index_drop(). Creation of an identical tunnel writes nothing. One lease has one writer
 * at a time.
 *
 * Readers load word once and load it again after the other fields: if it changed, there
 * is no tunnel. A lease found by tsp_anon_index must have the endpoint that was looked
 * up; this also covers index entries that change while a program reads them.
 *
 * tsp_seen is valid if its word equals tsp_tunnel.word, and counts from 0 otherwise.
 * present and path contain the generation, each in one word, so that neither can outlive
 * its tunnel.
 *
 * A client is present while it was heard within TSP_LAPSE_NS: an echo request or reply to
 * the keepalive address of its tunnel, which contains tsp_tunnel.secret, has come from its
 * endpoint. A tunnel whose secret is 0 has no such address, and its client needs no proof.
 *
 * Kernel memory for each client: 32 + 64 bytes of arrays, for anonymous clients also 24
 * to 48 bytes of index.
 */
#ifndef DATAPATH_BPF_MAPS_H
#define DATAPATH_BPF_MAPS_H

#include <linux/types.h>

#define TSP_MAPS_VERSION 4 /* changes with any struct or map in here */

#define TSP_MAX_SERVERS  16
#define TSP_MAX_PORTS    4
#define TSP_MAX_LIMITS   4096
#define TSP_MAX_SPOOFERS 65536
#define TSP_MAX_BLOCKED  65536
#define TSP_QUOTE        512 /* more than an ICMPv6 error quotes */

#define TSP_SLOTS 8 /* in a bucket of tsp_anon_index */

#define TSP_MTU_MIN  1280 /* RFC 8200 section 5 */
#define TSP_OVER_41  20   /* bytes that a tunnel adds to a packet */
#define TSP_OVER_UDP 28

/* -- time: CLOCK_MONOTONIC in units that fit beside a generation */

#define TSP_TICK_SHIFT   20  /* present: 2^20 ns, about a millisecond */
#define TSP_HALF_SHIFT   29  /* proofs: 2^29 ns, about half a second */
#define TSP_SECOND_SHIFT 30  /* path: 2^30 ns, about a second */
#define TSP_MINUTE_SHIFT 36  /* IPv4 identification: 2^36 ns, about a minute */
#define TSP_PATH_AGE     600 /* about seconds until a lowered path MTU is forgotten */
#define TSP_LAPSE_NS     120000000000ULL /* presence ends that long after the last proof */

/* -- the word: client's IPv4 address, port, generation, all in host byte order */

/** tsp_word() - the word of a tunnel; @port is 0 for protocol 41 */
static inline __u64 tsp_word(__u32 ipv4, __u16 port, __u16 generation)
{
	return (__u64)ipv4 << 32 | (__u32)port << 16 | generation;
}

static inline __u32 tsp_word_ipv4(__u64 word)
{
	return word >> 32;
}

static inline __u16 tsp_word_port(__u64 word)
{
	return word >> 16;
}

static inline __u16 tsp_word_generation(__u64 word)
{
	return word;
}

/** tsp_endpoint() - the word without its generation: see anon_index.h */
static inline __u64 tsp_endpoint(__u64 word)
{
	return word & ~0xffffULL;
}

/** tsp_next_generation() - never 0: a tsp_seen full of zeros belongs to no tunnel */
static inline __u16 tsp_next_generation(__u16 generation)
{
	return generation == 0xffff ? 1 : generation + 1;
}

/** tsp_word_load() - in one access, also where registers have 32 bits */
static inline __u64 tsp_word_load(const __u64 *word)
{
#ifdef __bpf__
	return *(const volatile __u64 *)word;
#else
	return __atomic_load_n(word, __ATOMIC_RELAXED);
#endif
}

/** tsp_word_store() - a reader that sees @value sees all earlier writes
 *
 * For user space. BPF never writes a tsp_tunnel.
 */
#ifndef __bpf__
static inline void tsp_word_store(__u64 *word, __u64 value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
#endif

/** struct tsp_tunnel - where a client is; written by user space only */
struct tsp_tunnel {
	__aligned_u64 word;
	__aligned_u64 beyond; /* high bits that the client was not delegated */
	__aligned_u64 secret; /* second half of the keepalive address; 0 without one */
	__be32 server; /* IPv4 address of the server's end, one of tsp_config.servers */
	__u16 generation; /* of the last word, also while word is 0 */
	__u8 port;        /* index into tsp_config.ports; 0 for protocol 41 */
	__u8 flags;       /* 0 */
};

/** tsp_beyond() - bits of an address's first half that must be 0 in a delegated prefix
 * @delegate:	Length of the pool's prefixes, at most 64
 * @len:	Length of what was delegated, @delegate to 64; 0: nothing, a host
 */
static inline __u64 tsp_beyond(__u32 delegate, __u32 len)
{
	if (!len)
		return ~0ULL; /* no address is left, as a prefix of the pool is not 0 */
	if (len <= delegate)
		return 0;
	return ~0ULL >> delegate & ~(len < 64 ? ~0ULL >> len : 0);
}

/** struct tsp_seen - what BPF saw of a tunnel; written by BPF only, one cache line */
struct tsp_seen {
	__aligned_u64 word; /* tunnel the counters belong to; 1: being reset */
	__aligned_u64 rx_packets, rx_bytes; /* from the client; IPv6, with headers */
	__aligned_u64 tx_packets, tx_bytes; /* to the client */
	__aligned_u64 proofs;               /* tsp_proofs() */
	__aligned_u64 present;              /* tsp_stamp(): secret last heard; 0 */
	__aligned_u64 path;                 /* tsp_path() */
};

/** tsp_stamp() - generation and time of an event; @ns is CLOCK_MONOTONIC */
static inline __u64 tsp_stamp(__u16 generation, __u64 ns)
{
	return (__u64)generation << 48 | (ns >> TSP_TICK_SHIFT & 0xffffffffffffULL);
}

static inline __u16 tsp_stamp_generation(__u64 stamp)
{
	return stamp >> 48;
}

static inline __u64 tsp_stamp_ns(__u64 stamp)
{
	return (stamp & 0xffffffffffffULL) << TSP_TICK_SHIFT;
}

/** tsp_present() - the secret was heard within TSP_LAPSE_NS
 * @present:	tsp_seen.present
 * @generation:	Of the tunnel
 * @ns:		CLOCK_MONOTONIC
 */
static inline int tsp_present(__u64 present, __u16 generation, __u64 ns)
{
	return present && tsp_stamp_generation(present) == generation &&
	       ns < tsp_stamp_ns(present) + TSP_LAPSE_NS;
}

/** tsp_proofs() - how often the secret was heard, and the turns of limited packets
 * @count:	Packets that proved the client's presence
 * @next:	When a packet beyond the limit may be sent again, in units of TSP_HALF_SHIFT
 * @ping:	It becomes a ping
 */
static inline __u64 tsp_proofs(__u32 count, __u32 next, int ping)
{
	return (__u64)next << 33 | (__u64)(ping != 0) << 32 | count;
}

static inline __u32 tsp_proofs_count(__u64 proofs)
{
	return proofs;
}

static inline __u32 tsp_proofs_next(__u64 proofs)
{
	return proofs >> 33;
}

static inline int tsp_proofs_ping(__u64 proofs)
{
	return proofs >> 32 & 1;
}

/** tsp_path() - generation, IPv4 path MTU in bytes and when it was learned */
static inline __u64 tsp_path(__u16 generation, __u16 mtu, __u64 ns)
{
	return (__u64)generation << 48 | (__u64)mtu << 32 |
	       (__u32)(ns >> TSP_SECOND_SHIFT);
}

/** tsp_path_mtu() - IPv4 path MTU; 0: nothing is known, or not any more */
static inline __u16 tsp_path_mtu(__u64 path, __u16 generation, __u64 ns)
{
	__u32 age = (__u32)(ns >> TSP_SECOND_SHIFT) - (__u32)path;

	return path >> 48 == generation && age < TSP_PATH_AGE ? path >> 32 & 0xffff : 0;
}

/** struct tsp_bucket - entry of tsp_anon_index, one cache line: see anon_index.h */
struct tsp_bucket {
	__aligned_u64 slot[TSP_SLOTS];
};

/* -- configuration: constant in the programs, and a copy in tsp_shared for the tools */

enum tsp_pool_kind { TSP_POOL_NONE, TSP_POOL_LINK, TSP_POOL_PREFIX, TSP_POOL_ANONYMOUS };

#define TSP_POOLS 3

/** struct tsp_pool - host byte order; see tsp_pool_set() */
struct tsp_pool {
	__aligned_u64 high, low;           /* prefix */
	__aligned_u64 mask_high, mask_low; /* ... and its mask */
	__aligned_u64 zero_high, zero_low; /* bits that are 0, but for an end's number */
	__u32 kind;
	__u32 len;
	__u32 delegate; /* TSP_POOL_PREFIX */
	__u32 reserved;
};

static inline __u64 tsp_mask_high(__u32 len)
{
	return len >= 64 ? ~0ULL : ~(~0ULL >> len);
}

static inline __u64 tsp_mask_low(__u32 len)
{
	return len <= 64 ? 0 : len >= 128 ? ~0ULL : ~(~0ULL >> (len - 64));
}

/** tsp_pool_set() - everything in @pool that follows from the configuration
 * @pool:	Result
 * @kind:	TSP_POOL_LINK, TSP_POOL_PREFIX or TSP_POOL_ANONYMOUS
 * @high:	First half of the prefix, host byte order
 * @low:	Second half
 * @len:	Its length: link 1 to 126, prefix at most @delegate, anonymous 1 to 64
 * @delegate:	TSP_POOL_PREFIX: length of the prefixes, at most 64; else 0
 */
static inline void tsp_pool_set(struct tsp_pool *pool, __u32 kind, __u64 high, __u64 low,
				__u32 len, __u32 delegate)
{
	__u32 used = 128; /* bits up to where zeros begin */

	pool->mask_high = tsp_mask_high(len);
	pool->mask_low = tsp_mask_low(len);
	pool->high = high & pool->mask_high;
	pool->low = low & pool->mask_low;
	if (kind == TSP_POOL_ANONYMOUS)
		used = len + 48; /* IPv4 address and port */
	pool->zero_high = ~tsp_mask_high(used);
	pool->zero_low = ~tsp_mask_low(used);
	pool->kind = kind;
	pool->len = len;
	pool->delegate = delegate;
	pool->reserved = 0;
}

enum tsp_flags {
	TSP_OTHERS = 1, /* other tunnels of protocol 41 end at this host: pass theirs */
};

/** struct tsp_config - set before loading; the programs fold it into their code */
struct tsp_config {
	__u32 version; /* TSP_MAPS_VERSION */
	__u32 epoch;   /* see struct tsp_shared */
	__u32 inner;   /* ifindex of the device that the stack sees, tsp0 */
	__u32 outer;   /* ifindex of its veth peer, where inward packets are put in */
	__u8 mac[6];   /* of the device */
	__u8 ttl;      /* of tunnel packets, 64 */
	__u8 reserved;
	__u32 flags;        /* enum tsp_flags */
	__u16 mtu_41;       /* largest IPv6 packet in protocol 41: 1480 */
	__u16 mtu_udp;      /* ... in UDP: 1280 */
	__u32 server_count; /* IPv4 addresses of this host that tunnels end at */
	__be32 servers[TSP_MAX_SERVERS];
	__u16 ports[TSP_MAX_PORTS]; /* UDP ports of tsp-udp, host byte order; 0: unused */
	__aligned_u64 id_key[2]; /* random, of all keyed hashes; kept while pins exist */
	__u32 index_mask;        /* buckets of tsp_anon_index, less 1 */
	__u32 netns;             /* inode of the network namespace; for tsp-datapath */
	__aligned_u64 keepalive; /* first half of keepalive addresses; 0: none */
	__aligned_u64 keepalive_set; /* bits that are set in the second half of each */
	__aligned_u64 source[2]; /* of ICMPv6 errors: an address of the device, LINK::1 */
	struct tsp_pool pools[TSP_POOLS]; /* link, prefix, anonymous; absent: kind 0 */
};

/** struct tsp_shared - the one entry of tsp_shared, which all programs read
 *
 * A program of epoch E takes packets while @epoch is E or E - 1, else drops those of
 * tunnels. `start` loads programs of epoch + 1, attaches them everywhere and then
 * stores epoch + 1, so no packet is lost and forgotten programs of earlier starts end.
 * `stop` detaches and adds 2. The value never decreases.
 */
struct tsp_shared {
	__u32 epoch;
	__u32 version;   /* TSP_MAPS_VERSION that the pinned maps were made for */
	__u32 blocking;  /* not 0: the map tsp_blocked has entries */
	__u32 constants; /* kernel's number of the last start's constants; 0: unknown */
	struct tsp_config config; /* of the last start; the programs do not read it */
};

/** struct tsp_block - key of tsp_blocked (LPM trie); value: __u64, ignored */
struct tsp_block {
	__u32 len; /* of the prefix, 0 to 32 */
	__be32 ipv4;
};

/* -- counters: tsp_counters, a per-CPU array; X(name, text for people, explanation) */

#define TSP_COUNTERS(X)                                                                  \
	/* drops of packets from clients */                                              \
	X(EPOCH, "epoch", "program of an earlier start")                                 \
	X(BLOCKED, "blocked", "address was blocked by tspctl block")                     \
	X(MALFORMED, "malformed", "lengths or IPv4 checksum are wrong")                  \
	X(OPTIONS, "options", "IPv4 options")                                            \
	X(FRAGMENT, "fragment", "IPv4 fragment that cannot be checked")                  \
	X(PORT_ZERO, "port-zero", "UDP source port 0")                                   \
	X(MULTICAST, "multicast", "multicast source or destination inside")              \
	X(LINK_LOCAL, "link-local", "link-local source or destination inside")           \
	X(MAPPED, "mapped", "IPv4-mapped address inside")                                \
	X(COMPATIBLE, "compatible", "address in ::/96 inside")                           \
	X(SIX_TO_FOUR, "6to4", "6to4 source of another IPv4 address")                    \
	X(FOREIGN, "foreign", "source is in no pool")                                    \
	X(SPOOFED, "spoofed", "source belongs to another endpoint or to no tunnel")      \
	X(PROTOCOL, "protocol", "right IPv4 address, wrong protocol or port")            \
	X(UNDELEGATED, "undelegated", "source is in a part that was not delegated")      \
	X(SERVER, "server", "arrived at another server address or port")                 \
	X(NESTED, "nested", "another tunnel of protocol 41 inside")                      \
	X(NEIGHBOUR, "neighbour", "ICMPv6 133 to 137 inside")                            \
	X(EXTENSIONS, "extensions", "too many or broken IPv6 extension headers")         \
	X(CONGESTION, "congestion", "marked outside, not ECN-capable inside")            \
	X(SERVER_END, "server-end", "for the server's end, and not a ping")              \
	X(SECRET, "secret", "for a keepalive address of another tunnel")                 \
	X(UNHEARD, "unheard", "of an anonymous client while tsp-udp does not run")       \
	X(NATIVE, "native", "native packet with a source in a pool")                     \
	/* drops of packets to clients */                                                \
	X(NOT_IPV6, "not-ipv6", "not an IPv6 packet")                                    \
	X(ABSENT, "absent", "no tunnel has this address")                                \
	X(TOO_BIG, "too-big", "larger than the tunnel's path MTU")                       \
	X(NO_ROUTE, "no-route", "no IPv4 route to the client")                           \
	X(UNPROVEN, "unproven", "client is not present and has sent too little")         \
	X(NO_ROOM, "no-room", "no memory for the tunnel's headers")                      \
	X(LIMITED, "limited", "ICMPv6 error that was not sent: rate limit")              \
	/* events */                                                                     \
	X(ECHO_REPLIED, "echo-replied", "echo request for the server's end answered")    \
	X(PROVEN, "proven", "ping by which a client proved its presence")                \
	X(PINGED, "pinged", "client is not present: packet became a ping")               \
	X(UNREACHABLE_SENT, "unreachable-sent", "ICMPv6 unreachable sent")               \
	X(TOO_BIG_SENT, "too-big-sent", "ICMPv6 packet too big sent")                    \
	X(PATH_LOWERED, "path-lowered", "path MTU learned from ICMPv4")                  \
	X(PATH_REFUSED, "path-refused", "ICMPv4 that no packet of ours can have caused") \
	X(PATH_SHORT, "path-short", "ICMPv4 that quotes too little to be checked")       \
	X(UNCLAIMED, "unclaimed",                                                        \
	  "UDP of an anonymous address without a tunnel, passed")                        \
	X(FRAGMENT_PASSED, "fragment-passed", "IPv4 fragment given to the stack")        \
	X(FOREIGN_PASSED, "foreign-passed", "given to other tunnels of this host")

/* name table: #define X(name, text, explanation) [TSP_COUNT_##name] = text, */
#define TSP_COUNTER_ENUM(name, text, explanation) TSP_COUNT_##name,
enum tsp_counter { TSP_COUNTERS(TSP_COUNTER_ENUM) TSP_COUNTERS_END };

#define TSP_FIRST_EVENT TSP_COUNT_ECHO_REPLIED /* counters before this one are drops */

/* -- sizes are part of the contract */

_Static_assert(sizeof(struct tsp_tunnel) == 32, "two tunnels in a cache line");
_Static_assert(sizeof(struct tsp_seen) == 64, "one cache line");
_Static_assert(sizeof(struct tsp_bucket) == 64, "one cache line");
_Static_assert(sizeof(struct tsp_pool) == 64, "no hidden padding");
_Static_assert(sizeof(struct tsp_config) % 8 == 0, "no hidden padding");

#endif
