/* SPDX-License-Identifier: MIT */
/* count.h - counters: events by reason, senders of foreign sources, traffic */
#ifndef DATAPATH_BPF_COUNT_H
#define DATAPATH_BPF_COUNT_H

#include "datapath/bpf/packet.h"

#define SEEN_RESETTING 1ULL /* no tunnel's word: it has no IPv4 address */

INLINE void count(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&tsp_counters, &what);

	if (n)
		++*n;
}

/** blame() - this IPv4 address sent a source that is not its own */
INLINE void blame(__be32 ipv4)
{
	__u64 one = 1, *n = bpf_map_lookup_elem(&tsp_spoofers, &ipv4);

	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(&tsp_spoofers, &ipv4, &one, BPF_ANY);
}

/** blocked() - this IPv4 address is in the list of tspctl block */
INLINE bool blocked(const struct tsp_shared *shared, __be32 ipv4)
{
	struct tsp_block key = {.len = 32, .ipv4 = ipv4};

	return shared->blocking && bpf_map_lookup_elem(&tsp_blocked, &key);
}

/** shared_get() - the shared entry if this program's epoch is valid, else NULL */
INLINE const struct tsp_shared *shared_get(void)
{
	__u32 zero = 0;
	const struct tsp_shared *shared = bpf_map_lookup_elem(&tsp_shared, &zero);

	if (!shared)
		return NULL;
	/* one load: 0 is this epoch, 1 the one before, until all are attached */
	return tsp_config.epoch - *(volatile const __u32 *)&shared->epoch <= 1 ? shared
									       : NULL;
}

/** seen_ready() - begin the counters anew if they belong to an earlier tunnel
 *
 * One program wins the exchange and clears; others skip their packet's count meanwhile. A
 * program that still works for an ended tunnel must not clear those of the next.
 */
INLINE bool seen_ready(struct tsp_seen *seen, const struct tsp_tunnel *tunnel, __u64 word)
{
	__u64 now = tsp_word_load(&seen->word);

	if (now == word)
		return true;
	if (now == SEEN_RESETTING || tsp_word_load(&tunnel->word) != word)
		return false;
	if (__sync_val_compare_and_swap(&seen->word, now, SEEN_RESETTING) != now)
		return false;
	seen->rx_packets = seen->rx_bytes = 0;
	seen->tx_packets = seen->tx_bytes = seen->proofs = 0;
	__sync_lock_test_and_set(&seen->word, word);
	return true;
}

INLINE void seen_received(struct tsp_seen *seen, __u64 bytes)
{
	__sync_fetch_and_add(&seen->rx_packets, 1);
	__sync_fetch_and_add(&seen->rx_bytes, bytes);
}

INLINE void seen_sent(struct tsp_seen *seen, __u64 packets, __u64 bytes)
{
	__sync_fetch_and_add(&seen->tx_packets, packets);
	__sync_fetch_and_add(&seen->tx_bytes, bytes);
}

#endif
