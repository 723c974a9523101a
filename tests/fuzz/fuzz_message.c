/* SPDX-License-Identifier: MIT */
/*
 * fuzz_message.c - a request's XML
 *
 * Input: the body of a request. What is accepted stays within struct message's ranges,
 * and written out again as the shortest XML there is for it, reads as the same.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "tests/fuzz/fuzz.h"
#include "tsp/message.h"

static const char *const actions[] = {"create", "info", "delete", "accept", "reject"};

/** check_ranges() - what the broker may be sent */
static void check_ranges(const struct message *m)
{
	const struct ipc_tunnel_request *t = &m->tunnel;

	CHECK(m->action < MESSAGE_ACTIONS);
	CHECK(t->type < TUNNEL_TYPES);
	CHECK(t->proxy <= 1 && t->has_ipv4 <= 1 && t->router <= 1);
	CHECK(t->prefix_len <= 128);
	CHECK(t->router || !t->prefix_len);
	CHECK(t->has_ipv4 || !t->ipv4.s_addr);
	CHECK(m->action != MESSAGE_CREATE || t->has_ipv4 || t->type == TUNNEL_V4V6 ||
	      t->type == TUNNEL_NONE);
}

/** write_xml() - the shortest request that means this */
static void write_xml(struct buf *out, const struct message *m)
{
	const struct ipc_tunnel_request *t = &m->tunnel;
	const char *type = tunnel_type_name(t->type);
	char ipv4[INET_ADDRSTRLEN];

	buf_clear(out);
	buf_printf(out, "<tunnel action='%s'", actions[m->action]);
	if (type)
		buf_printf(out, " type='%s'", type);
	if (t->proxy)
		buf_text(out, " proxy='yes'");
	buf_text(out, "><client>");
	if (t->has_ipv4) {
		inet_ntop(AF_INET, &t->ipv4, ipv4, sizeof(ipv4));
		buf_printf(out, "<address type='ipv4'>%s</address>", ipv4);
	}
	if (t->router && t->prefix_len)
		buf_printf(out, "<router><prefix length='%u'/></router>", t->prefix_len);
	else if (t->router)
		buf_text(out, "<router/>");
	buf_text(out, "</client></tunnel>");
	CHECK(!out->full);
}

/** check_again() - text reads as @m once more */
static void check_again(char *text, size_t len, const struct message *m)
{
	struct message again;

	CHECK(!message_read(text, len, &again));
	CHECK(again.action == m->action);
	CHECK(!memcmp(&again.tunnel, &m->tunnel, sizeof(m->tunnel)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *xml = fuzz_copy((struct fuzz_span){data, size}, 1);
	char text[1024];
	struct buf out = BUF_ON(text);
	struct message m;

	if (message_read(xml, size, &m)) {
		CHECK(errno == EINVAL);
	} else {
		check_ranges(&m);
		check_again(xml, size, &m); /* blanked comments included */
		write_xml(&out, &m);
		check_again(text, out.len, &m);
	}
	free(xml);
	return 0;
}
