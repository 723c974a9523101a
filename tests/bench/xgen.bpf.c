// SPDX-License-Identifier: MIT
/*
 * xgen.bpf.c - frames of many clients in turn: the part of xgen.c that runs in the kernel
 *
 * Frames come back from the stack as it left them, so all headers are written each time.
 */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "tests/bench/xgen.h"

char LICENSE[] SEC("license") = "GPL";

const volatile struct xgen xgen;
__u64 at;

static inline __u16 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return ~((sum & 0xffff) + (sum >> 16));
}

SEC("xdp")
int generate(struct xdp_md *x)
{
	void *data = (void *)(long)x->data;
	__u32 n = xgen.first + at++ * XGEN_STRIDE % xgen.count;
	__u32 ipv4 = bpf_htonl(XGEN_CLIENT + n);
	__u64 *to = data;

	if (data + XGEN_HEADERS > (void *)(long)x->data_end)
		return XDP_DROP;
#pragma unroll
	for (int i = 0; i < XGEN_HEADERS / 8; i++)
		to[i] = xgen.headers[i];
	/* offsets are constants when this is loaded */
	*(__u32 *)(data + xgen.at_address) = xgen.anonymous ? ipv4 : bpf_htonl(2 * n + 1);
	if (xgen.at_ipv4) {
		*(__u32 *)(data + xgen.at_ipv4) = ipv4;
		*(__u16 *)(data + xgen.at_sum) =
			fold(xgen.sum + (ipv4 & 0xffff) + (ipv4 >> 16));
	}
	if (xgen.at_port)
		*(__u16 *)(data + xgen.at_port) = bpf_htons(XGEN_PORT + n % 20000);
	return bpf_redirect(xgen.ifindex, 0);
}
