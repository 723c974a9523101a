// SPDX-License-Identifier: MIT
/* discard.bpf.c - drop every frame, to measure the generator's own time */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("xdp")
int discard(struct xdp_md *x)
{
	return x->data < x->data_end ? XDP_DROP : XDP_PASS;
}
