/* SPDX-License-Identifier: MIT */
/* filter_judge.h - what a filter says to a system call, without making it */
#ifndef TESTS_UNIT_FILTER_JUDGE_H
#define TESTS_UNIT_FILTER_JUDGE_H

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <string.h>

#define REFUSED_WITH(error) (SECCOMP_RET_ERRNO | (error))

/** judge() - run a filter as the kernel would; SECCOMP_RET_... */
static uint32_t judge(const struct sock_filter *filter, const struct seccomp_data *call)
{
	const struct sock_filter *i;
	uint32_t a = 0;

	for (i = filter;; i++) {
		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)call + i->k, sizeof(a));
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			i += a == i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			i += a >= i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			i += a > i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JA:
			i += i->k;
			break;
		case BPF_RET | BPF_K:
			return i->k;
		default:
			fail_msg("instruction 0x%x is unknown here", i->code);
		}
	}
}

#endif
